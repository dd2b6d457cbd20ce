//! - a driver that crashes, hangs, computes wrongly or stops responding costs its device, never this process
//! - verdicts are stored, survive a broken file, and a device falls back to its next compiler, then to the CPU
//! - the real program detects the two software drivers known to be bad

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kinora::engine::device::adapters::{Adapter, Compiler, adapters};
use kinora::engine::device::report::report;
use kinora::engine::device::trust::{Outcome, Trust, Verdict};
use kinora::engine::device::{Place, choose};
use kinora::error::Hinted as _;
use kinora::request::DevicePreference;

use super::skip::first_adapter;

#[cfg(target_os = "linux")]
use super::skip::skip;

fn trust(program: PathBuf, folder: &Path) -> Trust {
    // Software drivers get ten times this long. The test of a hanging driver waits that long.
    Trust {
        program,
        folder: Some(folder.to_owned()),
        patience: Duration::from_millis(100),
    }
}

fn verdict_line(adapter: &Adapter, compiler: Compiler, outcome: &str) -> String {
    serde_json::json!({
        "identity": adapter.identity(compiler), "outcome": outcome, "sentence": "says a test", "f16": false,
    })
    .to_string()
}

/// A program used in place of `kinora self-test`.
#[cfg(unix)]
fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("write a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("make it run");
    path
}

#[cfg(unix)]
#[test]
fn an_abnormal_end_of_the_self_test_is_a_verdict() {
    let Some(adapter) = first_adapter() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let compiler = Compiler::Wgsl;
    let good = verdict_line(&adapter, compiler, "passed");
    let cases = [
        (
            "crash",
            "kill -SEGV $$".to_owned(),
            Outcome::Crashed,
            "segmentation fault",
        ),
        (
            "hang",
            "exec sleep 600".to_owned(),
            Outcome::TimedOut,
            "did not end within",
        ),
        (
            "silence",
            "exit 0".to_owned(),
            Outcome::Crashed,
            "without a verdict",
        ),
        (
            "noise",
            "echo hello; exit 0".to_owned(),
            Outcome::Crashed,
            "without a verdict",
        ),
        (
            "crash after all",
            format!("echo '{good}'; kill -ABRT $$"),
            Outcome::Crashed,
            "abort",
        ),
        (
            "failure after all",
            format!("echo '{good}'; exit 3"),
            Outcome::Crashed,
            "exit code 3",
        ),
        (
            "another adapter",
            format!("echo '{}'", good.replace("kinora", "another")),
            Outcome::Refused,
            "another adapter",
        ),
        (
            "Ctrl-C",
            "kill -INT $$".to_owned(),
            Outcome::Refused,
            "interrupted",
        ),
        (
            "wrong numbers",
            verdict_line(&adapter, compiler, "failed"),
            Outcome::Failed,
            "says a test",
        ),
        (
            "all well",
            format!("echo driver says hello; echo '{good}'"),
            Outcome::Passed,
            "says a test",
        ),
    ];
    for (name, script, outcome, words) in cases {
        let script = if script.starts_with('{') {
            format!("echo '{script}'; exit 1")
        } else {
            script
        };
        let files = tempfile::tempdir().expect("a folder");
        let trust = trust(program(folder.path(), name, &script), files.path());
        assert_eq!(trust.on_file(&adapter, compiler), None);
        let verdict = trust.verdict(&adapter, compiler);
        assert_eq!(verdict.outcome, outcome, "{name}: {}", verdict.sentence);
        assert!(
            verdict.sentence.contains(words),
            "{name}: {}",
            verdict.sentence
        );
        // A test that was refused says nothing about the device, so its result is not stored.
        let filed = (outcome != Outcome::Refused).then_some(verdict);
        assert_eq!(trust.on_file(&adapter, compiler), filed, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn verdicts_are_filed_and_a_broken_file_is_replaced() {
    let Some(adapter) = first_adapter() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().join("made when needed");
    let compiler = Compiler::Wgsl;
    let good = verdict_line(&adapter, compiler, "passed");
    let counting = format!(
        "echo run >> '{}'; echo '{good}'",
        folder.path().join("runs").display()
    );
    let trust = trust(program(folder.path(), "counting", &counting), &files);
    let runs =
        || fs::read_to_string(folder.path().join("runs")).map_or(0, |text| text.lines().count());

    assert!(trust.verdict(&adapter, compiler).is_trusted());
    assert!(trust.verdict(&adapter, compiler).is_trusted());
    assert_eq!(runs(), 1, "the second verdict is the one on file");
    assert_eq!(
        trust.on_file(&adapter, Compiler::Spirv),
        None,
        "another compiler is another verdict"
    );

    for broken in ["", "{", "[1, 2]", r#"{"verdicts": {"x": 1}}"#] {
        fs::write(files.join("devices.json"), broken).expect("break the file");
        let before = runs();
        assert!(trust.verdict(&adapter, compiler).is_trusted());
        assert_eq!(runs(), before + 1, "{broken:?} counts as no file");
        assert!(
            trust.on_file(&adapter, compiler).is_some(),
            "{broken:?} was replaced"
        );
    }

    let missing = Trust {
        program: folder.path().join("missing"),
        folder: None,
        ..trust
    };
    let verdict = missing.verdict(&adapter, compiler);
    assert_eq!(verdict.outcome, Outcome::Refused, "{}", verdict.sentence);
}

#[cfg(unix)]
#[test]
fn a_device_falls_back_to_its_next_compiler_and_auto_to_the_cpu() {
    let Some(adapter) = first_adapter() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let spirv = verdict_line(&adapter, Compiler::Spirv, "failed");
    let wgsl = verdict_line(&adapter, Compiler::Wgsl, "passed");
    // $5 is the compiler: self-test --adapter N --compiler C.
    let script = format!("if [ $5 = spirv ]; then echo '{spirv}'; exit 1; else echo '{wgsl}'; fi");
    let half = trust(
        program(folder.path(), "half", &script),
        &folder.path().join("half files"),
    );
    let device =
        choose(DevicePreference::Gpu(Some(adapter.index)), &half).expect("trusted with WGSL");
    assert!(
        matches!(device.place, Place::Gpu { index, compiler: Compiler::Wgsl, .. } if index == adapter.index),
        "{device}"
    );
    if adapter.compilers().contains(&Compiler::Spirv) {
        assert!(
            device.reason.contains("SPIR-V"),
            "it tells what failed: {device}"
        );
    }
    assert!(!device.f16, "f16 was not found right");

    let never = trust(
        program(folder.path(), "never", "kill -SEGV $$"),
        &folder.path().join("never files"),
    );
    let error =
        choose(DevicePreference::Gpu(Some(adapter.index)), &never).expect_err("nothing is trusted");
    assert!(error.on_command_line().contains("--device cpu"), "{error}");
    let automatic = choose(DevicePreference::Auto, &never).expect("auto never fails");
    assert!(
        !automatic.is_gpu() && !automatic.reason.is_empty(),
        "{automatic}"
    );
    let error = choose(DevicePreference::Gpu(Some(99)), &never).expect_err("no such adapter");
    assert!(error.to_string().contains("gpu:99"), "{error}");
    let reports = report(&adapters(), &never, false);
    assert!(
        reports[adapter.index]
            .to_string()
            .contains("not trusted: its driver crashed"),
        "{}",
        reports[0]
    );
}

/// The verdict of the real program on the first adapter of a driver, and whether the program exited by itself.
fn self_test(driver: &Path, compiler: Compiler) -> (bool, Option<Verdict>) {
    let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
        .args(["self-test", "--adapter", "0", "--compiler", compiler.name()])
        .env("VK_DRIVER_FILES", driver)
        .output()
        .expect("kinora runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let verdict: Option<Verdict> = text
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok());
    if let Some(verdict) = &verdict {
        assert_eq!(
            output.status.code(),
            Some(verdict.exit_code()),
            "the exit code is the verdict's"
        );
    }
    (output.status.code().is_some(), verdict)
}

/// A driver in Debian's Chromium (80 MB), which Kinora does not need otherwise: tested only where it is installed.
const SWIFTSHADER: &str = "/usr/lib/chromium/vk_swiftshader_icd.json";

/// The description of Mesa's software driver; newer packages leave the architecture out of its name.
#[cfg(target_os = "linux")]
fn lavapipe() -> Option<PathBuf> {
    let names = [
        "lvp_icd.json".to_owned(),
        format!("lvp_icd.{}.json", std::env::consts::ARCH),
    ];
    let paths = names.map(|name| Path::new("/usr/share/vulkan/icd.d").join(name));
    paths.into_iter().find(|path| path.exists())
}

#[test]
fn swiftshader_fails_with_spirv_and_is_trusted_with_wgsl() {
    let swiftshader = Path::new(SWIFTSHADER);
    if !swiftshader.exists() {
        println!("SwiftShader is not here to be judged");
        return;
    }
    let (_, verdict) = self_test(swiftshader, Compiler::Spirv);
    let verdict = verdict.expect("it computes wrongly but does not crash");
    assert_eq!(verdict.outcome, Outcome::Failed, "{}", verdict.sentence);
    assert!(
        verdict.sentence.contains("matrix product"),
        "{}",
        verdict.sentence
    );

    let (_, verdict) = self_test(swiftshader, Compiler::Wgsl);
    let verdict = verdict.expect("a verdict");
    assert_eq!(verdict.outcome, Outcome::Passed, "{}", verdict.sentence);
    assert!(
        verdict
            .checks
            .iter()
            .any(|check| check.name == "temporal attention")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn lavapipe_is_not_trusted_with_spirv_while_it_crashes() {
    let Some(driver) = lavapipe() else {
        skip("lavapipe is not installed (mesa-vulkan-drivers brings it)");
        return;
    };
    let (ended, verdict) = self_test(&driver, Compiler::Spirv);
    // Mesa 22.3 and 25.0 crash while compiling a matrix product; a later version may not.
    assert_eq!(ended, verdict.is_some(), "either a verdict or a crash");
    if verdict.is_some() {
        println!("this lavapipe does not crash");
    }
}
