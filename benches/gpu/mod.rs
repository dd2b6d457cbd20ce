//! The flags of the benches that run on a GPU, and the devices that these flags choose.

use std::process::ExitCode;

use kinora::engine::device::adapters::{Adapter, AdapterKind, Compiler, Opened, adapters};

/// The words after the program's name. Flags that no bench knows are ignored: cargo adds its own.
pub(crate) struct Flags(Vec<String>);

impl Flags {
    pub(crate) fn of_process() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    pub(crate) fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|word| word == flag)
    }

    /// The word after a flag.
    pub(crate) fn value(&self, flag: &str) -> Option<&str> {
        let at = self.0.iter().position(|word| word == flag)?;
        self.0.get(at + 1).map(String::as_str)
    }

    /// Whether to print JSON lines.
    pub(crate) fn json(&self) -> bool {
        self.has("--json")
    }

    /// The number of the adapter: `--adapter N`, or N alone.
    fn adapter(&self) -> usize {
        let alone = self.0.first().map(String::as_str);
        let given = self.value("--adapter").or(alone);
        given.and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    /// Calls `run` for the chosen adapter, opened with each compiler, or with the one that `--compiler` names. Says
    /// what cannot be opened, and fails if nothing can.
    pub(crate) fn each_device(&self, mut run: impl FnMut(&Adapter, &Opened)) -> ExitCode {
        let adapters = adapters();
        let Some(adapter) = adapters.get(self.adapter()) else {
            eprintln!("no such GPU driver; nothing to measure");
            return ExitCode::FAILURE;
        };
        let only = self.value("--compiler");
        let mut code = ExitCode::FAILURE;
        for &compiler in adapter.compilers() {
            if only.is_some_and(|only| only != compiler.name()) {
                continue;
            }
            match adapter.open(compiler) {
                Ok(opened) => {
                    run(adapter, &opened);
                    code = ExitCode::SUCCESS;
                }
                Err(error) => eprintln!("{compiler}: {error}"),
            }
        }
        code
    }
}

/// A line that names the adapter and the compiler, for a reader.
pub(crate) fn title(adapter: &Adapter, compiler: Compiler) -> String {
    let info = &adapter.info;
    let note = match adapter.kind {
        AdapterKind::Software => "; a software driver, whose times say nothing about a card",
        _ => "",
    };
    format!(
        "{} with {compiler}, {} {}{note}",
        info.name, info.driver, info.driver_info
    )
}

/// What a panic said; drivers and wgpu report some errors that way.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given");
    text.chars().take(300).collect()
}
