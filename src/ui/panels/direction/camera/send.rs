//! Commands about the camera.

use crate::app::Command;
use crate::app::command::camera::CameraCommand;
use crate::ui::view::View;

pub(super) fn send(view: View<'_>, command: CameraCommand) {
    view.send(Command::Camera(command));
}
