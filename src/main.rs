//! The `kinora` program: hands its arguments to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    keep_mesa_quiet();
    kinora::cli::main()
}

/// Mesa's device selection prints an error of its own if no session is logged in. Its choice is not needed,
/// because Kinora lists all adapters and chooses one itself.
fn keep_mesa_quiet() {
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: no other thread exists yet that could read the environment at the same time.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}
