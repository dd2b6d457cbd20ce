//! The controls in a window that keyboard and assistive technology can reach, each with its name and place.

use std::collections::{HashMap, HashSet};

use egui::accesskit::NodeId;
use egui::{Id, LayerId, Memory, Rect, Role};
use egui_kittest::kittest::{AccessKitNode, NodeT as _};

use super::Window;

/// A control that Tab can reach.
pub(super) struct Control {
    pub(super) id: Id,
    pub(super) layer: LayerId,
    /// Its whole rectangle, and the part that is not scrolled away.
    pub(super) rect: Rect,
    pub(super) seen: Rect,
    pub(super) role: Role,
    pub(super) name: String,
    /// The names of the nodes that contain it, from the outermost to the innermost.
    pub(super) place: Vec<String>,
}

impl Control {
    /// The region, sheet or menu that contains it.
    pub(super) fn region(&self) -> &str {
        self.place.first().map_or("", String::as_str)
    }

    pub(super) fn describe(&self) -> String {
        let place = self.place.join(" / ");
        format!(
            "{:?} “{}” in “{place}” at {:?}",
            self.role, self.name, self.rect
        )
    }
}

impl Window {
    /// All controls, layer by layer in Tab order.
    pub(super) fn controls(&self) -> Vec<Control> {
        let nodes: HashMap<NodeId, _> = self
            .window
            .root()
            .children_recursive()
            .map(|node| node.accesskit_node())
            .map(|node| (node.locate().0, node))
            .collect();
        self.window.ctx.viewport(|viewport| {
            let layers = viewport.prev_pass.widgets.layers();
            let widgets = layers.flat_map(|(_, widgets)| widgets.iter());
            widgets
                .filter(|widget| widget.enabled && widget.visible && widget.sense.is_focusable())
                .map(|widget| {
                    let node = nodes.get(&widget.id.accesskit_id());
                    let mut place = Vec::new();
                    let mut above = node.and_then(AccessKitNode::parent);
                    while let Some(outer) = above {
                        place.extend(outer.label());
                        above = outer.parent();
                    }
                    place.reverse();
                    Control {
                        id: widget.id,
                        layer: widget.layer_id,
                        rect: widget.rect,
                        seen: widget.interact_rect,
                        role: node.map_or(Role::Unknown, AccessKitNode::role),
                        name: node.and_then(AccessKitNode::label).unwrap_or_default(),
                        place,
                    }
                })
                .collect()
        })
    }

    /// Lists the faults of the controls on the screen: no name, or the same name as another control in the same place.
    pub(super) fn faults(&self, state: &str) -> Vec<String> {
        let mut faults: Vec<String> = self
            .window
            .unnamed_widgets()
            .into_iter()
            .map(|widget| format!("{state}: {widget} has no name"))
            .collect();
        let mut known = HashSet::new();
        for control in self.controls() {
            let told = control.describe();
            if control.name.trim().is_empty() {
                faults.push(format!("{state}: {told} has no name"));
            } else if !known.insert((control.place, control.role, control.name)) {
                faults.push(format!("{state}: {told} is there twice"));
            }
        }
        faults
    }

    /// The control with the keyboard focus.
    pub(super) fn focused(&self) -> Option<Control> {
        let focused = self.window.ctx.memory(Memory::focused)?;
        self.controls()
            .into_iter()
            .find(|control| control.id == focused)
    }

    /// Its name.
    pub(super) fn focused_name(&self) -> String {
        self.focused()
            .map_or_else(String::new, |control| control.name)
    }
}
