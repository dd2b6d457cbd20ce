//! Tests that cannot run on this machine are reported; in continuous integration they fail.

use std::io::Write as _;

use kinora::engine::device::adapters::{Adapter, adapters};

/// Whether an environment variable is set to a value other than the empty string, `0` and `false`.
fn is_set(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// Reports why a test does not run; fails instead if `CI` is set, because `scripts/test` installs everything that tests
/// need.
#[track_caller]
pub(crate) fn skip(why: &str) {
    assert!(!is_set("CI"), "{why}, and no test may be skipped here");
    // Not `println!`, which the test harness hides while tests pass: `scripts/test` counts these lines.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// The machine's first GPU adapter, software drivers included. If there is none, the test is skipped, or fails if
/// `KINORA_REQUIRE_GPU` requires one.
#[track_caller]
pub(crate) fn first_adapter() -> Option<Adapter> {
    let adapter = adapters().into_iter().next();
    if adapter.is_none() {
        assert!(
            !is_set("KINORA_REQUIRE_GPU"),
            "a GPU driver is required here"
        );
        skip("no GPU driver, not even a software one (mesa-vulkan-drivers brings one)");
    }
    adapter
}
