//! Which vector instructions this CPU has, and how arithmetic that was compiled for them is called.
//!
//! One binary serves every CPU: each [`SimdKernel`] is compiled once for every instruction set, and the best one is
//! chosen at run time. Must not depend on what is computed.

use std::sync::LazyLock;

/// A set of vector instructions that this CPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimdLevel(Level);

/// The sets that code is compiled for. An [`SimdLevel`] made of one of them proves that the CPU has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// What every CPU of the target has; NEON on 64-bit ARM.
    Baseline,
    /// 256-bit vectors and fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl SimdLevel {
    /// The widest instruction set that this CPU has.
    #[must_use]
    pub fn best() -> Self {
        static BEST: LazyLock<SimdLevel> = LazyLock::new(|| {
            SimdLevel::available()
                .pop()
                .unwrap_or(SimdLevel(Level::Baseline))
        });
        *BEST
    }

    /// All instruction sets that this CPU has, narrowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut, reason = "only x86-64 has a choice")]
        let mut found = vec![Self(Level::Baseline)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c")
            {
                found.push(Self(Level::Avx2));
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                {
                    found.push(Self(Level::Avx512));
                }
            }
        }
        found
    }

    pub(super) fn level(self) -> Level {
        self.0
    }
}

/// Arithmetic on slices that the compiler turns into vector instructions.
///
/// `run` must be `#[inline(always)]`, and so must everything it calls: otherwise it is not compiled with the
/// instructions of the function that it is inlined into.
pub(super) trait SimdKernel {
    /// The result.
    type Out;
    /// Does the work. `FUSED` says whether a fused multiply-add is a single instruction; otherwise it would be a call.
    fn run<const FUSED: bool>(self) -> Self::Out;
}

/// Runs `work` with the instructions of `isa`.
#[inline]
pub(super) fn run<L: SimdKernel>(isa: SimdLevel, work: L) -> L::Out {
    match isa.level() {
        // 64-bit ARM always has a fused multiply-add.
        Level::Baseline => work.run::<{ cfg!(target_arch = "aarch64") }>(),
        // SAFETY: levels beyond the baseline are made by `available` only, which detected these features on this CPU.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { avx2(work) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { avx512(work) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn avx2<L: SimdKernel>(work: L) -> L::Out {
    work.run::<true>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,f16c")]
fn avx512<L: SimdKernel>(work: L) -> L::Out {
    work.run::<true>()
}

/// `a·b + c`, fused where that is one instruction.
#[inline(always)]
pub(super) fn fma<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}
