//! `kinora self-test`: one adapter against the CPU, in a process of its own.
//!
//! A driver that crashes ends this process, not the studio.

use super::arguments::SelfTest;
use super::failure::Failure;
use crate::engine::device::self_test;

pub(super) fn run(arguments: &SelfTest) -> Result<(), Failure> {
    let verdict = self_test::run(arguments.adapter, arguments.compiler);
    if verdict.is_trusted() {
        Ok(())
    } else {
        Err(Failure::Reported)
    }
}
