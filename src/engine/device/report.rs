//! The report of `kinora doctor` about the GPUs of this machine, as text and as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::adapters::{Adapter, AdapterKind, Compiler};
use super::lowered_limits::{self, LoweredLimits};
use super::trust::{Trust, Verdict};

/// The report of `kinora doctor` about one adapter.
#[derive(Clone, Debug, Serialize)]
pub struct AdapterReport {
    /// Its number in `gpu:N`.
    pub index: usize,
    /// The adapter's name.
    pub name: String,
    /// Vulkan, Metal or DirectX 12.
    pub backend: String,
    /// The kind of adapter.
    pub kind: AdapterKind,
    /// Driver and version.
    pub driver: String,
    /// Limits that `KINORA_GPU_LIMITS` lowers; the figures below are the lowered ones.
    pub lowered_limits: LoweredLimits,
    /// Largest buffer in bytes.
    pub buffer_bytes: u64,
    /// Largest tensor (storage binding) in bytes.
    pub tensor_bytes: u64,
    /// Maximum number of invocations in a workgroup.
    pub workgroup_invocations: u32,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u32,
    /// True if shaders may use 16-bit floats.
    pub f16: bool,
    /// True if shaders may use subgroup operations.
    pub subgroups: bool,
    /// Smallest and largest number of invocations in a subgroup.
    pub subgroup_sizes: [u32; 2],
    /// Every limit by its name in wgpu.
    pub limits: BTreeMap<&'static str, u64>,
    /// Every feature by its name in wgpu.
    pub features: Vec<&'static str>,
    /// The verdict on each compiler, best first; `None` if there is none on file and no test was requested.
    pub verdicts: Vec<(Compiler, Option<Verdict>)>,
}

/// Reports on these adapters. With `test`, self-tests that are not on file are run now (seconds on a GPU, minutes
/// on a software driver); without it only verdicts on file are reported.
#[must_use]
pub fn report(adapters: &[Adapter], trust: &Trust, test: bool) -> Vec<AdapterReport> {
    let judged = |adapter: &Adapter, compiler| {
        if test {
            Some(trust.verdict(adapter, compiler))
        } else {
            trust.on_file(adapter, compiler)
        }
    };
    adapters
        .iter()
        .map(|adapter| {
            let (limits, features) = (adapter.limits(), adapter.features());
            AdapterReport {
                index: adapter.index,
                name: adapter.info.name.clone(),
                backend: adapter.info.backend.to_string(),
                kind: adapter.kind,
                driver: format!("{} {}", adapter.info.driver, adapter.info.driver_info),
                lowered_limits: adapter.lowered.clone(),
                buffer_bytes: limits.max_buffer_size,
                tensor_bytes: adapter.tensor_bytes(),
                workgroup_invocations: limits.max_compute_invocations_per_workgroup,
                workgroup_bytes: limits.max_compute_workgroup_storage_size,
                f16: features.contains(wgpu::Features::SHADER_F16),
                subgroups: features.contains(wgpu::Features::SUBGROUP),
                subgroup_sizes: [
                    adapter.info.subgroup_min_size,
                    adapter.info.subgroup_max_size,
                ],
                limits: lowered_limits::by_name(&limits),
                features: features.iter_names().map(|(name, _)| name).collect(),
                verdicts: adapter
                    .compilers()
                    .iter()
                    .map(|&compiler| (compiler, judged(adapter, compiler)))
                    .collect(),
            }
        })
        .collect()
}

impl fmt::Display for AdapterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MIB: u64 = 1 << 20;
        writeln!(
            f,
            "gpu:{} {} ({:?}, {})",
            self.index, self.name, self.kind, self.backend
        )?;
        writeln!(f, "  driver      {}", self.driver)?;
        let yes = |has| if has { "yes" } else { "no" };
        writeln!(
            f,
            "  limits      buffer {} MiB, tensor {} MiB, workgroup {} invocations and {} KiB",
            self.buffer_bytes / MIB,
            self.tensor_bytes / MIB,
            self.workgroup_invocations,
            self.workgroup_bytes / 1024,
        )?;
        if !self.lowered_limits.is_empty() {
            writeln!(f, "  lowered     {}", self.lowered_limits)?;
        }
        writeln!(
            f,
            "  features    f16 {}, subgroups {}",
            yes(self.f16),
            yes(self.subgroups)
        )?;
        for (compiler, verdict) in &self.verdicts {
            let label = compiler.to_string();
            match verdict {
                None => writeln!(f, "  {label:<11} not tested yet")?,
                Some(verdict) if verdict.is_trusted() => {
                    writeln!(f, "  {label:<11} trusted: {}", verdict.sentence)?;
                }
                Some(verdict) => writeln!(f, "  {label:<11} not trusted: {}", verdict.sentence)?,
            }
        }
        Ok(())
    }
}
