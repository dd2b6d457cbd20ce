//! The switch that turns all custom operations off.

use std::sync::LazyLock;

/// True if `KINORA_REFERENCE=1` asks for plain tensor operations everywhere, for comparison. Read once, so that no run
/// mixes the two.
#[must_use]
pub fn reference_only() -> bool {
    static ASKED: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os("KINORA_REFERENCE").is_some_and(|value| value == "1"));
    *ASKED
}
