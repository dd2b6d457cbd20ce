//! Tries one target in a separate process, so that crashes, hangs and excessive memory can be detected from here.
//!
//! Every input follows from the seeds, the number of the run and its own number, so the other process only needs to
//! record its number.

use std::fmt;
use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use kinora::system::clock::now;
use serde::{Deserialize, Serialize};

use super::parsers::{Dice, Target};

/// The test that runs as the other process, and the variable that tells it what to do.
const CHILD: &str = "fuzz::run::child";
const FOLDER: &str = "KINORA_FUZZ_FOLDER";
/// Files in the folder of the run.
const PLAN: &str = "plan.json";
const PROGRESS: &str = "progress";
const REPORT: &str = "report.json";
const WORDS: &str = "words";
/// Maximum time to start.
const BEGINNING: Duration = Duration::from_secs(60);
/// Interval between checks of the other process.
const LOOK: Duration = Duration::from_millis(10);
/// Limit of the other process's address space; a process that exceeds it ends.
const ADDRESSES: u64 = 16 << 30;

/// What to try, and the limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// The number of the run.
    pub(super) seed: u64,
    /// How many inputs.
    pub(super) inputs: u64,
    /// Time after which the run ends, however many inputs there were.
    pub(super) time: Duration,
    /// Maximum time for one input. Most take less than a thousandth of it, even on a busy machine.
    pub(super) longest: Duration,
    /// Maximum growth of the process in bytes. No input is larger than 200 KB.
    pub(super) most_memory: u64,
    /// A file to try instead of generated inputs.
    pub(super) file: Option<PathBuf>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 0,
            inputs: 0,
            time: Duration::from_secs(12),
            longest: Duration::from_secs(10),
            most_memory: 512 << 20,
            file: None,
        }
    }
}

impl Plan {
    /// A plan for this many inputs, unless the environment says otherwise.
    pub(super) fn of_environment(inputs: u64) -> Self {
        let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let plan = Self {
            seed: number("KINORA_FUZZ_SEED").unwrap_or(0),
            file: std::env::var_os("KINORA_FUZZ_FILE").map(PathBuf::from),
            inputs,
            ..Self::default()
        };
        match number("KINORA_FUZZ_INPUTS") {
            Some(inputs) => Self {
                inputs,
                time: Duration::from_secs(24 * 3600),
                ..plan
            },
            None => plan,
        }
    }

    /// The input with this number: first each seed unchanged, then changed seeds.
    fn input(&self, target: &Target, seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
        if let Some(file) = &self.file {
            return fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
        if let Some(seed) = seeds.get(number as usize) {
            return seed.clone();
        }
        let mut dice = Dice::new(self.seed.rotate_left(32) ^ number);
        let mut data = dice.of(seeds).clone();
        for _ in 0..dice.few() {
            (target.change)(&mut data, &mut dice);
        }
        data
    }

    fn count(&self, seeds: &[Vec<u8>]) -> u64 {
        match self.file {
            Some(_) => 1,
            None => self.inputs + seeds.len() as u64,
        }
    }
}

/// The statistics of a run that found nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Report {
    inputs: u64,
    accepted: u64,
    seconds: f64,
    slowest_ms: f64,
    slowest: u64,
    grown_mib: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} inputs, {} accepted, {:.1} s, slowest {:.0} ms ({}), {} MiB",
            self.inputs, self.accepted, self.seconds, self.slowest_ms, self.slowest, self.grown_mib
        )
    }
}

/// A fault.
#[derive(Debug)]
pub(super) struct Found {
    /// The input; `None` if it happened before the first.
    pub(super) number: Option<u64>,
    /// What happened.
    pub(super) what: String,
    /// Where the input is saved.
    pub(super) kept: PathBuf,
    seed: u64,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(number) = self.number else {
            return write!(f, "before the first input: {}", self.what);
        };
        write!(
            f,
            "input {number} of seed {}: {}\nit is kept as {path}; to try it again, set KINORA_FUZZ_FILE={path}",
            self.seed,
            self.what,
            path = self.kept.display()
        )
    }
}

/// Tries a target in another process, and monitors it.
pub(super) fn run(target: &Target, plan: &Plan) -> Result<Report, Found> {
    let folder = tempfile::tempdir().expect("a folder");
    let seeds = (target.seeds)();
    for (index, seed) in seeds.iter().enumerate() {
        fs::write(folder.path().join(format!("seed-{index:03}")), seed).expect("the test's own");
    }
    fs::create_dir(folder.path().join("scratch")).expect("the test's own");
    // Relative paths in an input, and a few steps up, stay in the folder.
    let inner = folder.path().join("1/2/3/4");
    fs::create_dir_all(&inner).expect("the test's own");
    let text = serde_json::to_vec(&(target.name, plan)).expect("plain values");
    fs::write(folder.path().join(PLAN), text).expect("the test's own");
    let words = File::create(folder.path().join(WORDS)).expect("the test's own");
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args([
            CHILD,
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder.path())
        .current_dir(inner)
        .env("RUST_BACKTRACE", "0")
        .stdout(words.try_clone().expect("another handle"))
        .stderr(words)
        .spawn()
        .expect("this test can be started");
    let ended = watch(&mut child, folder.path(), plan.longest);
    let report = fs::read(folder.path().join(REPORT)).ok();
    let report = report.and_then(|text| serde_json::from_slice(&text).ok());
    let what = match (ended, report) {
        (Some(status), Some(report)) if status.success() => return Ok(report),
        (Some(status), _) => format!("{status}\n{}", last_words(folder.path())),
        (None, _) => format!("there is no end to it after {:?}", plan.longest),
    };
    let number = progress(folder.path());
    let kept = std::env::temp_dir().join(format!(
        "kinora-fuzz-{}-{}",
        target.name,
        number.unwrap_or(0)
    ));
    if let Some(number) = number {
        fs::write(&kept, plan.input(target, &seeds, number)).expect("the system's folder");
    }
    Err(Found {
        number,
        what,
        kept,
        seed: plan.seed,
    })
}

/// Waits for the end; `None` if one input takes too long, and the process is killed.
fn watch(child: &mut Child, folder: &Path, longest: Duration) -> Option<ExitStatus> {
    let (mut last, mut since) = (None, now());
    loop {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return Some(status);
        }
        let present = progress(folder);
        if present != last {
            (last, since) = (present, now());
        } else if now().duration_since(since) > present.map_or(BEGINNING, |_| longest) {
            // It may have just ended by itself.
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(LOOK);
    }
}

/// The current input.
fn progress(folder: &Path) -> Option<u64> {
    let bytes = fs::read(folder.join(PROGRESS)).ok()?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// The end of the process's output, without what every test prints.
fn last_words(folder: &Path) -> String {
    const MOST: usize = 12;
    let words = fs::read(folder.join(WORDS)).unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    let noise = |line: &str| {
        let ours = [
            "running ",
            "test result",
            "failures:",
            "FAILED",
            "note: ",
            "    fuzz::",
        ];
        line.is_empty() || ours.iter().any(|start| line.starts_with(start))
    };
    // The other process may die in the middle of this line.
    let begin = format!("test {CHILD} ... ");
    let lines = words
        .lines()
        .map(|line| line.strip_prefix(&begin).unwrap_or(line));
    let lines: Vec<&str> = lines.filter(|line| !noise(line)).collect();
    let lines = &lines[lines.len().saturating_sub(MOST)..];
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.chars().take(2000).collect())
        .collect();
    lines.join("\n")
}

/// The other process.
#[test]
#[ignore = "does what the tests beside it ask of it, in a process of its own"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let text = fs::read(folder.join(PLAN)).expect("a plan");
    let (name, plan): (String, Plan) = serde_json::from_slice(&text).expect("a plan");
    let target = super::target(&name).expect("a target of that name");
    let seeds: Vec<Vec<u8>> = (0..)
        .map_while(|index| fs::read(folder.join(format!("seed-{index:03}"))).ok())
        .collect();
    bound_memory();
    let mut progress = File::create(folder.join(PROGRESS)).expect("the test's own");
    let scratch = folder.join("scratch");
    let (began, before) = (now(), peak_memory());
    let mut report = Report::default();
    for number in 0..plan.count(&seeds) {
        progress.rewind().expect("the test's own");
        progress
            .write_all(&number.to_le_bytes())
            .expect("the test's own");
        let input = plan.input(target, &seeds, number);
        let since = now();
        let accepted = (target.check)(&input, &scratch);
        let took = now().duration_since(since);
        assert!(
            accepted || plan.file.is_some() || number >= seeds.len() as u64,
            "seed {number} is refused"
        );
        let grown = peak_memory().saturating_sub(before);
        assert!(
            grown <= plan.most_memory,
            "the process has grown by {} MiB",
            grown >> 20
        );
        report.inputs += 1;
        report.accepted += u64::from(accepted);
        report.grown_mib = grown >> 20;
        if took.as_secs_f64() * 1e3 > report.slowest_ms {
            (report.slowest, report.slowest_ms) = (number, took.as_secs_f64() * 1e3);
        }
        if now().duration_since(began) > plan.time {
            break;
        }
    }
    report.seconds = now().duration_since(began).as_secs_f64();
    fs::write(
        folder.join(REPORT),
        serde_json::to_vec(&report).expect("plain values"),
    )
    .expect("the test's own");
}

/// Peak resident bytes; 0 if the system does not say.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

/// No input may bring the machine down.
fn bound_memory() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let bound = Rlimit {
            current: Some(ADDRESSES),
            maximum: Some(ADDRESSES),
        };
        // If the limit is refused, resident memory is still monitored.
        let _ = setrlimit(Resource::As, bound);
    }
}
