//! The real program in a real window, on a virtual display.
//!
//! - it starts, and its window is not blank
//! - it is still running afterwards, and exits on request

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::skip::skip;

/// Minimum number of colours: an empty window with one background colour and one line of text would have fewer.
const FEWEST_COLOURS: usize = 200;
/// Timeout: on a busy machine, software rendering first has to compile its shaders.
const PATIENCE: Duration = Duration::from_secs(90);

/// A program that is stopped when the test ends, even if the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "waits for other programs, which keep no clock of ours"
)]
fn the_window_opens_and_shows_something() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let Some((display, _server)) = display(folder.path()) else {
        skip("Xvfb is not installed; scripts/setup --tests brings it");
        return;
    };
    let mut program = Command::new(env!("CARGO_BIN_EXE_kinora"));
    program
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/bridge.jpg"))
        .env("DISPLAY", display)
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    for (name, inside) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
    ] {
        program.env(name, folder.path().join(inside));
    }
    let mut window = Running(program.spawn().expect("the program starts"));
    let began = Instant::now();
    let mut most = 0;
    while most < FEWEST_COLOURS {
        if let Some(status) = window.0.try_wait().expect("it can be asked") {
            let mut words = String::new();
            if let Some(error) = window.0.stderr.take() {
                let _ = BufReader::new(error).read_line(&mut words);
            }
            panic!("the program ended with {status}: {words}");
        }
        assert!(
            began.elapsed() < PATIENCE,
            "the window shows {most} colours after {PATIENCE:?}; it should show a picture"
        );
        sleep(Duration::from_millis(200));
        most = most.max(colours(&folder.path().join("Xvfb_screen0")).unwrap_or(0));
    }
    let status = window.0.try_wait().expect("it can be asked");
    assert!(
        status.is_none(),
        "it shows its window and stays: {status:?}"
    );
}

/// Starts a separate virtual display that stores its picture in `folder`; `None` without Xvfb.
fn display(folder: &Path) -> Option<(String, Running)> {
    let server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1024x640x24"])
        .args(["-nolisten", "tcp", "-fbdir"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Running(server.ok()?);
    let said = server.0.stdout.take().expect("its output is piped");
    let mut number = String::new();
    BufReader::new(said)
        .read_line(&mut number)
        .expect("it says its number");
    Some((format!(":{}", number.trim()), server))
}

/// How many colours a screen shows, from the X window dump that the display keeps.
fn colours(dump: &Path) -> Option<usize> {
    let bytes = std::fs::read(dump).ok()?;
    // XWDFile.h: numbers of 32 bits, high byte first.
    let field = |index: usize| {
        let number = bytes.get(4 * index..4 * index + 4)?;
        Some(u32::from_be_bytes(number.try_into().ok()?) as usize)
    };
    let (header, colour_map) = (field(0)?, field(19)?);
    assert_eq!(field(11), Some(32), "depth 24 is kept in 32 bits");
    let pixels = bytes.get(header + 12 * colour_map..)?;
    let seen: HashSet<&[u8]> = pixels.chunks_exact(4).collect();
    Some(seen.len())
}
