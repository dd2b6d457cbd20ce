//! Motion modules: which of the listed models they fit.

use crate::app::state::Studio;
use crate::app::state::models::{EntryState, ModelEntry, ModelReport, ModulesReport};

impl Studio {
    /// The listed models that these motion modules can be added to.
    pub fn models_for<'a>(
        &'a self,
        modules: &'a ModulesReport,
    ) -> impl Iterator<Item = &'a ModelEntry> {
        let entries = self.runtime.model_shelf.entries.iter();
        entries.filter(|entry| match &entry.state {
            EntryState::Usable(report) => fits(modules, report),
            _ => false,
        })
    }

    /// The listed motion modules that can be added to this model.
    pub fn modules_for<'a>(
        &'a self,
        report: &'a ModelReport,
    ) -> impl Iterator<Item = &'a ModelEntry> {
        let entries = self.runtime.model_shelf.entries.iter();
        entries.filter(|entry| match &entry.state {
            EntryState::Modules(modules) => fits(modules, report),
            _ => false,
        })
    }
}

fn fits(modules: &ModulesReport, report: &ModelReport) -> bool {
    let unet = report.picture_unet.as_ref();
    unet.is_some_and(|unet| modules.config.misfit(unet).is_none())
}
