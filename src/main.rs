//! The `kinora` program: hands its arguments to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    keep_mesa_quiet();
    kinora::cli::main()
}

/// Mesa's device selection prints an error of its own wherever no session is logged in; its
/// choice is not needed, Kinora lists all adapters and picks by itself.
fn keep_mesa_quiet() {
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: nothing has started a thread yet that could read the environment meanwhile.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}
