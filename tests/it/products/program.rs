//! The plain tensor operations that the products replace pass the same golden tests.

use std::process::Command;

/// The choice between the two is made once per process, so another process runs the same tests.
#[test]
fn the_reference_meets_the_same_goldens() {
    let tests = std::env::current_exe().expect("this program has a path");
    let output = Command::new(tests)
        .args(["model::networks", "model::blocks"])
        .env("KINORA_REFERENCE", "1")
        .output()
        .expect("it runs again");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    // A filter that matched no test would succeed too.
    assert!(!text.contains("running 0 tests"), "{text}");
}
