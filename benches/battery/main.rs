//! The program of `tools/gpu`: `kinora` and the benches that the battery needs, in one file so that its code is packed
//! once.
//!
//! `cargo bench --bench battery -- golden` compares the tiny models with their fixtures, and `-- kernels` is the bench of
//! that name. With any other arguments, the program is `kinora`.

mod golden;
#[path = "../kernels.rs"]
mod kernels;

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("golden") => golden::main(),
        Some("kernels") => kernels::main(),
        _ => kinora::cli::main(),
    }
}
