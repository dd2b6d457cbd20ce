//! System dialogs for files and folders.
//!
//! A dialog is opened on the window's thread, as macOS requires, and waited for on another.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use rfd::AsyncFileDialog;

use crate::library::path_kind::PICTURE_EXTENSIONS;

/// A pending answer; `None` if the user cancelled.
pub type Answer<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

/// System dialogs; tests provide their own.
pub trait Dialogs {
    /// Asks which pictures to open.
    fn pictures(&self) -> Answer<Vec<PathBuf>>;
    /// Asks for the file of a missing picture of this name.
    fn missing_picture(&self, name: &str) -> Answer<PathBuf>;
    /// Asks which LoRA file to install as a camera move.
    fn lora(&self) -> Answer<PathBuf>;
    /// Asks which model to add: a folder, or a weight file.
    fn model(&self, folder: bool) -> Answer<PathBuf>;
    /// Asks for a folder, starting at `present`; `title` is the dialog's title.
    fn folder(&self, title: &str, present: Option<&Path>) -> Answer<PathBuf>;
    /// Asks for a file name for a picture, suggesting `name`.
    fn frame_place(&self, name: &str) -> Answer<PathBuf>;
    /// The default folder for exports.
    fn usual_folder(&self) -> PathBuf;
    /// Asks which project folder to open.
    fn project(&self) -> Answer<PathBuf>;
    /// Asks for a folder for the project, suggesting `name`.
    fn project_place(&self, name: &str) -> Answer<PathBuf>;
}

/// The system's dialogs.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDialogs;

impl Dialogs for SystemDialogs {
    fn pictures(&self) -> Answer<Vec<PathBuf>> {
        let dialog = AsyncFileDialog::new()
            .set_title("Open pictures")
            .add_filter("Pictures", &PICTURE_EXTENSIONS)
            .add_filter("All files", &["*"])
            .pick_files();
        Box::pin(async move {
            let files = dialog.await?;
            Some(files.iter().map(|file| file.path().to_owned()).collect())
        })
    }

    fn missing_picture(&self, name: &str) -> Answer<PathBuf> {
        let dialog = AsyncFileDialog::new()
            .set_title(format!("Find {name}"))
            .add_filter("Pictures", &PICTURE_EXTENSIONS)
            .add_filter("All files", &["*"])
            .pick_file();
        Box::pin(async move { Some(dialog.await?.path().to_owned()) })
    }

    fn lora(&self) -> Answer<PathBuf> {
        let dialog = AsyncFileDialog::new()
            .set_title("Install a camera move")
            .add_filter("LoRA files", &["safetensors"])
            .pick_file();
        Box::pin(async move { Some(dialog.await?.path().to_owned()) })
    }

    fn folder(&self, title: &str, present: Option<&Path>) -> Answer<PathBuf> {
        let mut dialog = AsyncFileDialog::new().set_title(title);
        if let Some(folder) = present {
            dialog = dialog.set_directory(folder);
        }
        let dialog = dialog.pick_folder();
        Box::pin(async move { Some(dialog.await?.path().to_owned()) })
    }

    fn frame_place(&self, name: &str) -> Answer<PathBuf> {
        let dialog = AsyncFileDialog::new()
            .set_title("Save the frame")
            .set_file_name(name)
            .add_filter("PNG picture", &["png"])
            .save_file();
        Box::pin(async move { Some(with_ending(dialog.await?.path())) })
    }

    fn model(&self, folder: bool) -> Answer<PathBuf> {
        let dialog = AsyncFileDialog::new().set_title("Add a model");
        if folder {
            let dialog = dialog.pick_folder();
            return Box::pin(async move { Some(dialog.await?.path().to_owned()) });
        }
        let dialog = dialog.add_filter("Weights", &["safetensors"]).pick_file();
        Box::pin(async move { Some(dialog.await?.path().to_owned()) })
    }

    fn usual_folder(&self) -> PathBuf {
        let folders = directories::UserDirs::new();
        folders
            .map(|folders| {
                let films = folders.video_dir().filter(|folder| folder.is_dir());
                films.unwrap_or(folders.home_dir()).to_owned()
            })
            .or_else(|| std::env::current_dir().ok())
            .unwrap_or_default()
    }

    fn project(&self) -> Answer<PathBuf> {
        let dialog = AsyncFileDialog::new()
            .set_title("Open a project: choose its folder")
            .pick_folder();
        Box::pin(async move { Some(dialog.await?.path().to_owned()) })
    }

    fn project_place(&self, name: &str) -> Answer<PathBuf> {
        let dialog = AsyncFileDialog::new()
            .set_title("Save the project as a folder with this name")
            .set_file_name(name)
            .save_file();
        Box::pin(async move { Some(dialog.await?.path().to_owned()) })
    }
}

/// Some systems leave adding the extension to the program.
fn with_ending(path: &Path) -> PathBuf {
    if path.extension().is_some() {
        return path.to_owned();
    }
    path.with_extension("png")
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks until the answer arrives.
pub(in crate::app) fn wait<T>(mut answer: Answer<T>) -> Option<T> {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match answer.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}
