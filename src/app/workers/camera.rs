//! Camera moves: listing, inspecting, installing and deleting them in the background.

use super::threads::Workers;
use crate::app::protocol::camera::{CameraEffect, CameraEvent};
use crate::app::protocol::event::Event;
use crate::app::protocol::models::ModelsEvent;
use crate::library::camera_moves::{inspect_move, moves_for};
use crate::library::install_move::{install, uninstall};
use crate::library::path_kind::{Evidence, PathKind, classify};

impl Workers {
    pub(in crate::app) fn camera(&self, effect: CameraEffect) -> Option<Event> {
        let library = self.library.clone();
        match effect {
            CameraEffect::Ask => {
                let answer = self.dialogs.lora();
                self.ask(answer, |path| Event::Camera(CameraEvent::Chosen(path)))
            }
            CameraEffect::List { model } => self.background(move |outbox, _| {
                // If the model cannot be opened, that was reported when it was inspected.
                if let Ok(cards) = moves_for(&library, &model) {
                    outbox.send(Event::Camera(CameraEvent::Listed { model, cards }));
                }
            }),
            CameraEffect::Inspect { path, model } => self.background(move |outbox, _| {
                if classify(&path, Evidence::Content) == PathKind::Model {
                    let brought = ModelsEvent::Dropped {
                        path,
                        as_move: true,
                    };
                    outbox.send(Event::Models(brought));
                    return;
                }
                let found = inspect_move(&library, &path, &model).map(Box::new);
                outbox.send(Event::Camera(CameraEvent::Inspected(found)));
            }),
            CameraEffect::Install { path, name } => self.background(move |outbox, _| {
                let done = install(&library, &path, &name).map(|_| name);
                outbox.send(Event::Camera(CameraEvent::Installed(done)));
            }),
            CameraEffect::Uninstall(name) => self.background(move |outbox, _| {
                let done = uninstall(&library, &name).map(|()| name);
                outbox.send(Event::Camera(CameraEvent::Uninstalled(done)));
            }),
        }
    }
}
