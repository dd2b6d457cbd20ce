//! The `kinora` program: hands its arguments to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    keep_mesa_quiet();
    kinora::cli::main()
}

/// Mesa's device selection prints its own error if no session is logged in. Its choice is not needed: Kinora lists all
/// adapters and chooses one itself.
fn keep_mesa_quiet() {
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: no other thread that could read the environment has been started yet.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}
