//! The self-test: operations that a GPU must compute correctly before it is trusted.
//!
//! Runs in the child process that [`super::trust`] starts, because a driver may crash here. Each case's relative L2
//! distance from burn's CPU backend is compared with its limit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::{Device, FloatDType, Tensor};

use super::adapters::{Compiler, Opened, adapters};
use super::self_test_cases::{CASES, Case, F32_LIMIT, Inputs};
use super::trust::{Check, Outcome, Verdict};

/// Tests one adapter with one compiler, prints the verdict as one JSON line and returns it; the caller exits with
/// [`Verdict::exit_code`]. A driver may crash the process.
#[must_use]
pub fn run(adapter: usize, compiler: Compiler) -> Verdict {
    // A panic of the device goes into the verdict, not to the terminal.
    std::panic::set_hook(Box::new(|_| {}));
    let verdict = tested(adapter, compiler);
    // A verdict can always be written as JSON: `error` is never NaN.
    println!("{}", serde_json::to_string(&verdict).unwrap_or_default());
    verdict
}

fn tested(index: usize, compiler: Compiler) -> Verdict {
    let adapters = adapters();
    let Some(adapter) = adapters.get(index) else {
        return Verdict::new(
            String::new(),
            Outcome::Refused,
            format!("there is no gpu:{index}"),
        );
    };
    let identity = adapter.identity(compiler);
    let opened = match catch_unwind(AssertUnwindSafe(|| adapter.open(compiler))) {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => return Verdict::new(identity, Outcome::Refused, error.to_string()),
        Err(panic) => {
            return Verdict::new(identity, Outcome::Refused, panic_reason(panic.as_ref()));
        }
    };
    judge(identity, &opened)
}

fn judge(identity: String, opened: &Opened) -> Verdict {
    let mut verdict = Verdict::new(
        identity,
        Outcome::Passed,
        "its self-test results agreed with the CPU's",
    );
    for case in CASES {
        let check = match compare(case, &opened.burn, FloatDType::F32, F32_LIMIT) {
            Ok(check) => check,
            Err(panic) => {
                verdict.outcome = Outcome::Refused;
                verdict.sentence = format!("{} could not run ({panic})", case.name);
                return verdict;
            }
        };
        let failure = failure(&check);
        verdict.checks.push(check);
        if let Some(failure) = failure {
            verdict.outcome = Outcome::Failed;
            verdict.sentence = failure;
            return verdict;
        }
    }
    if opened.f16 {
        match test_f16(opened, &mut verdict.checks) {
            Ok(()) => verdict.f16 = true,
            Err(failure) => {
                verdict.sentence.push_str("; its f16 self-test failed: ");
                verdict.sentence.push_str(&failure);
            }
        }
    } else {
        verdict.sentence.push_str("; it does not support f16");
    }
    verdict
}

/// Repeats the test in f16; a failure there disables only f16.
fn test_f16(opened: &Opened, checks: &mut Vec<Check>) -> Result<(), String> {
    for (case, limit) in CASES.iter().filter_map(|case| Some((case, case.half?))) {
        let check = compare(case, &opened.burn, FloatDType::F16, limit)
            .map_err(|panic| format!("{} could not run ({panic})", case.name))?;
        let failure = failure(&check);
        checks.push(check);
        if let Some(failure) = failure {
            return Err(failure);
        }
    }
    Ok(())
}

fn failure(check: &Check) -> Option<String> {
    match check.error {
        None => Some(format!("{} gave NaN or infinite values", check.name)),
        Some(error) if error > check.limit => Some(format!(
            "{} had a relative error of {error:.1e}, where {:.0e} is allowed",
            check.name, check.limit
        )),
        Some(_) => None,
    }
}

/// Compares a case; the CPU always computes in f32.
fn compare(case: &Case, device: &Device, float: FloatDType, limit: f64) -> Result<Check, String> {
    catch_unwind(AssertUnwindSafe(|| {
        let cpu = Device::flex();
        let expected = (case.compute)(&Inputs {
            device: &cpu,
            float: FloatDType::F32,
            rounded: float,
        });
        let actual = (case.compute)(&Inputs {
            device,
            float,
            rounded: float,
        });
        let name = match float {
            FloatDType::F16 => format!("{} in f16", case.name),
            _ => case.name.to_owned(),
        };
        let error = distance(&numbers(actual), &numbers(expected));
        Check {
            name,
            error: error.is_finite().then_some(error),
            limit,
        }
    }))
    .map_err(|panic| panic_reason(panic.as_ref()))
}

fn numbers(tensor: Tensor<1>) -> Vec<f32> {
    let data = tensor.cast(FloatDType::F32).into_data();
    data.iter::<f32>().collect()
}

/// Relative L2 distance; not finite if any value is not.
fn distance(actual: &[f32], expected: &[f32]) -> f64 {
    if actual.len() != expected.len() {
        return f64::NAN;
    }
    let square = |x: f64| x * x;
    let apart: f64 = actual
        .iter()
        .zip(expected)
        .map(|(&a, &e)| square(f64::from(a) - f64::from(e)))
        .sum();
    let size: f64 = expected.iter().map(|&e| square(f64::from(e))).sum();
    (apart / size).sqrt()
}

/// The first line of a panic's message.
fn panic_reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given");
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}
