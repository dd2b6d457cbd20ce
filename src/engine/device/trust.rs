//! Whether a GPU may be used: its self-test, run in a child process, and the verdicts on file.
//!
//! Drivers can crash or compute wrong results. Therefore nothing runs on a GPU in this process until the same
//! operations have run in a child process and agreed with the CPU.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::adapters::{Adapter, AdapterKind, Compiler};
use crate::system::whole_file;

/// How a self-test ended. The aliases are older names, which verdicts on file may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every result agreed with the CPU's.
    #[serde(alias = "trusted")]
    Passed,
    /// A result was farther from the CPU's than its limit allows.
    #[serde(alias = "wrong")]
    Failed,
    /// The driver crashed the process.
    Crashed,
    /// The self-test timed out.
    TimedOut,
    /// The device could not be opened this way, or rejected an operation.
    Refused,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What was computed.
    pub name: String,
    /// Relative L2 distance from the CPU's result; `None` if the result is not finite.
    pub error: Option<f64>,
    /// The maximum distance allowed.
    pub limit: f64,
}

/// The result of a self-test, as the child prints it and as it is stored on file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The adapter, driver, compiler and version of Kinora it applies to ([`Adapter::identity`]).
    pub identity: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The outcome as a clause.
    pub sentence: String,
    /// True if it passed in f16 too; `outcome` does not depend on that.
    pub f16: bool,
    /// What was compared, in order, up to the first failure.
    #[serde(default)]
    pub checks: Vec<Check>,
}

impl Verdict {
    pub(in crate::engine) fn new(
        identity: String,
        outcome: Outcome,
        sentence: impl Into<String>,
    ) -> Self {
        Self {
            identity,
            outcome,
            sentence: sentence.into(),
            f16: false,
            checks: Vec::new(),
        }
    }

    /// True if the device may be used.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.outcome == Outcome::Passed
    }

    /// Exit code of the child process: 0 only for a trusted device.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        i32::from(!self.is_trusted())
    }
}

/// Runs self-tests and stores their verdicts.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The program whose `self-test --adapter N --compiler C` is run.
    pub program: PathBuf,
    /// The folder of the verdicts on file; `None` to store none.
    pub folder: Option<PathBuf>,
    /// Time limit of a GPU's self-test; software drivers, which compile for minutes, get ten times as long.
    pub patience: Duration,
}

/// The file in [`Trust::folder`].
const FILE: &str = "devices.json";

#[derive(Default, Serialize, Deserialize)]
struct OnFile {
    verdicts: BTreeMap<String, Verdict>,
}

impl Trust {
    /// Self-tests run by this program, with verdicts stored in `folder`.
    ///
    /// # Errors
    /// If the system does not provide the path of the running program.
    pub fn new(folder: Option<PathBuf>) -> std::io::Result<Self> {
        Ok(Self {
            program: std::env::current_exe()?,
            folder,
            patience: Duration::from_secs(120),
        })
    }

    /// The verdict on file for this adapter, driver, compiler and version of Kinora; `None` if the file cannot be read.
    #[must_use]
    pub fn on_file(&self, adapter: &Adapter, compiler: Compiler) -> Option<Verdict> {
        let identity = adapter.identity(compiler);
        self.read()
            .verdicts
            .remove(&identity)
            .filter(|verdict| verdict.identity == identity)
    }

    /// The verdict on file; if there is none, runs the self-test and stores its verdict.
    #[must_use]
    pub fn verdict(&self, adapter: &Adapter, compiler: Compiler) -> Verdict {
        if let Some(verdict) = self.on_file(adapter, compiler) {
            return verdict;
        }
        tracing::info!(
            "testing {} with {compiler} once, in a child process",
            adapter.info.name
        );
        match self.test(adapter, compiler) {
            Ok(verdict) => {
                self.file(&verdict);
                verdict
            }
            // This says nothing about the device, so the verdict is not stored.
            Err(Untold(reason)) => {
                Verdict::new(adapter.identity(compiler), Outcome::Refused, reason)
            }
        }
    }

    fn test(&self, adapter: &Adapter, compiler: Compiler) -> Result<Verdict, Untold> {
        let identity = adapter.identity(compiler);
        let patience = match adapter.kind {
            AdapterKind::Software => self.patience * 10,
            _ => self.patience,
        };
        let (status, text) = match self.child(adapter, compiler, patience) {
            Ok(Some(ended)) => ended,
            Ok(None) => {
                let sentence = format!("its self-test did not end within {} s", patience.as_secs());
                return Ok(Verdict::new(identity, Outcome::TimedOut, sentence));
            }
            Err(error) => return Err(Untold(format!("its self-test could not be run ({error})"))),
        };
        judge(identity, status, &String::from_utf8_lossy(&text))
    }

    /// How the child ended and what it printed; `None` if it had to be killed.
    fn child(
        &self,
        adapter: &Adapter,
        compiler: Compiler,
        patience: Duration,
    ) -> std::io::Result<Option<(ExitStatus, Vec<u8>)>> {
        let mut command = Command::new(&self.program);
        command
            .arg("self-test")
            .args(["--adapter", &adapter.index.to_string()])
            .args(["--compiler", compiler.name()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        without_console(&mut command);
        let mut child = command.spawn()?;
        let mut stdout = child.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
        let (finished, output) = mpsc::sync_channel(1);
        // Ends when the pipe closes: when the child exits, or is killed below.
        std::thread::Builder::new()
            .name("self-test output".to_owned())
            .spawn(move || {
                let mut text = Vec::new();
                let _ = stdout.read_to_end(&mut text);
                let _ = finished.send(text);
            })?;
        match output.recv_timeout(patience) {
            Ok(text) => Ok(Some((child.wait()?, text))),
            Err(_) => {
                child.kill()?;
                child.wait()?;
                Ok(None)
            }
        }
    }

    fn path(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(FILE))
    }

    fn read(&self) -> OnFile {
        let text = self
            .path()
            .and_then(|path| fs::read(path).ok())
            .unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Stores a verdict. If that fails, the test runs again next time.
    fn file(&self, verdict: &Verdict) {
        let Some(path) = self.path() else { return };
        let mut on_file = self.read();
        on_file
            .verdicts
            .insert(verdict.identity.clone(), verdict.clone());
        if let Err(error) = whole_file::write_json(&path, &on_file) {
            tracing::warn!(
                "the verdict on this GPU could not be saved ({error}): {}",
                path.display()
            );
        }
    }
}

/// Why a self-test gave no information about the device.
struct Untold(String);

/// The verdict of a finished child process. It counts only if the process exited normally and tested the right adapter.
fn judge(identity: String, status: ExitStatus, output: &str) -> Result<Verdict, Untold> {
    let crashed = |sentence: String| Verdict::new(identity.clone(), Outcome::Crashed, sentence);
    if interrupted(status) {
        return Err(Untold("its self-test was interrupted".to_owned()));
    }
    let Some(code) = status.code() else {
        let how = signal(status);
        return Ok(crashed(format!(
            "its driver crashed during the self-test ({how})"
        )));
    };
    // The last line that is a verdict: drivers may print anything to stdout.
    let spoken = output
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str::<Verdict>(line).ok());
    match spoken {
        Some(verdict) if verdict.identity != identity => Err(Untold(format!(
            "its self-test ran on another adapter ({})",
            verdict.identity
        ))),
        // A passed test with an exit code other than 0: the driver failed while it was being unloaded.
        Some(verdict) if verdict.is_trusted() && code != 0 => Ok(crashed(format!(
            "its driver failed after the self-test (exit code {code})"
        ))),
        Some(verdict) => Ok(verdict),
        None => Ok(crashed(format!(
            "its self-test ended without a verdict (exit code {code})"
        ))),
    }
}

/// True if something other than the driver ended the child: it receives Ctrl-C too, and the system kills it when
/// memory is short.
#[cfg(unix)]
fn interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    // SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM.
    matches!(status.signal(), Some(1 | 2 | 3 | 9 | 15))
}

#[cfg(not(unix))]
fn interrupted(status: ExitStatus) -> bool {
    // STATUS_CONTROL_C_EXIT.
    status.code() == Some(0xC000_013A_u32.cast_signed())
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(4) => "illegal instruction".to_owned(),
        Some(6) => "abort".to_owned(),
        Some(7) => "bus error".to_owned(),
        Some(8) => "arithmetic fault".to_owned(),
        Some(11) => "segmentation fault".to_owned(),
        Some(number) => format!("signal {number}"),
        None => "no exit code".to_owned(),
    }
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> String {
    "no exit code".to_owned()
}

/// Prevents Windows from opening a console window for the child process.
#[cfg(windows)]
fn without_console(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW);
}

#[cfg(not(windows))]
fn without_console(_: &mut Command) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_on_file_with_the_older_names_are_read() {
        let read = |name: &str| serde_json::from_str::<Outcome>(&format!("{name:?}")).unwrap();
        assert_eq!(read("trusted"), Outcome::Passed);
        assert_eq!(read("wrong"), Outcome::Failed);
        for outcome in [
            Outcome::Passed,
            Outcome::Failed,
            Outcome::Crashed,
            Outcome::TimedOut,
            Outcome::Refused,
        ] {
            let written = serde_json::to_string(&outcome).unwrap();
            assert_eq!(serde_json::from_str::<Outcome>(&written).unwrap(), outcome);
        }
    }
}
