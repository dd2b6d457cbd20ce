//! The plain tensor operations behind the products, through the same goldens.

use std::process::Command;

/// The choice is made once in a process, so another one runs the same tests.
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
    // A filter that met nothing would succeed too.
    assert!(!text.contains("running 0 tests"), "{text}");
}
