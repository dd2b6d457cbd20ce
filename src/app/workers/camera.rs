//! Camera moves: files inspected, copied and deleted in the background.

use super::threads::Workers;
use crate::app::protocol::camera::{CameraEffect, CameraFact};
use crate::app::protocol::event::Fact;
use crate::app::protocol::models::ModelsFact;
use crate::library::camera_moves::{inspect_move, moves_for};
use crate::library::install_move::{install, uninstall};
use crate::library::installed::is_model;

impl Workers {
    pub(in crate::app) fn camera(&self, effect: CameraEffect) -> Option<Fact> {
        let library = self.library.clone();
        match effect {
            CameraEffect::Ask => {
                let answer = self.dialogs.lora();
                self.ask(answer, |path| Fact::Camera(CameraFact::Chosen(path)))
            }
            CameraEffect::List { model } => self.errand(move |outbox, _| {
                // A model that cannot be opened has been reported when it was inspected.
                if let Ok(cards) = moves_for(&library, &model) {
                    outbox.tell(Fact::Camera(CameraFact::Listed { model, cards }));
                }
            }),
            CameraEffect::Inspect { path, model } => self.errand(move |outbox, _| {
                if is_model(&path) {
                    let brought = ModelsFact::Brought {
                        path,
                        as_move: true,
                    };
                    outbox.tell(Fact::Models(brought));
                    return;
                }
                let found = inspect_move(&library, &path, &model).map(Box::new);
                outbox.tell(Fact::Camera(CameraFact::Inspected(found)));
            }),
            CameraEffect::Install { path, name } => self.errand(move |outbox, _| {
                let done = install(&library, &path, &name).map(|_| name);
                outbox.tell(Fact::Camera(CameraFact::Installed(done)));
            }),
            CameraEffect::Uninstall(name) => self.errand(move |outbox, _| {
                let done = uninstall(&library, &name).map(|()| name);
                outbox.tell(Fact::Camera(CameraFact::Uninstalled(done)));
            }),
        }
    }
}
