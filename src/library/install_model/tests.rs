//! Tests of copies: they are complete, verified, and undone if they fail.

use super::*;

fn model(at: &Path) {
    fs::create_dir_all(at.join("unet")).unwrap();
    for (name, bytes) in [
        ("model_index.json", 20),
        ("unet/weights.safetensors", 3 * PIECE + 5),
        ("unet/weights.bin", 10),
        (".git", 10),
    ] {
        fs::write(at.join(name), vec![bytes as u8; bytes]).unwrap();
    }
}

fn copied(models: &Path, source: &Path) -> Result<Option<String>, InstallError> {
    let control = CopyControl {
        ended: &|| false,
        progress: &mut |_, _, _| {},
    };
    install(models, source, control)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_model_is_copied_completely_under_a_free_name() {
    let root = tempfile::tempdir().unwrap();
    let models = root.path().join("models");
    let source = root.path().join("hub/models--someone--tiny/snapshots/0a1b");
    model(&source);
    assert_eq!(copied(&models, &source).unwrap().unwrap(), "tiny");
    assert_eq!(copied(&models, &source).unwrap().unwrap(), "tiny 2");
    assert_eq!(names(&models), ["tiny", "tiny 2"]);
    let place = models.join("tiny");
    assert!(is_copied(&place) && !is_copied(&source));
    assert_eq!(names(&place), [MARK, "model_index.json", "unet"]);
    assert_eq!(
        names(&place.join("unet")),
        ["weights.safetensors"],
        "no pickles"
    );
    let bytes = |at: &Path| fs::read(at.join("unet/weights.safetensors")).unwrap();
    assert!(bytes(&place) == bytes(&source));

    let file = root.path().join("svd.safetensors");
    fs::write(&file, "weights").unwrap();
    assert_eq!(copied(&models, &file).unwrap().unwrap(), "svd");
    assert!(is_copied(&models.join("svd.safetensors")));
    assert!(matches!(
        copied(&models, &root.path().join("none")),
        Err(InstallError::Gone { .. })
    ));
}

#[test]
fn a_stopped_or_killed_copy_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let (models, source) = (root.path().join("models"), root.path().join("big"));
    model(&source);
    let pieces = std::cell::Cell::new(0);
    let control = CopyControl {
        ended: &|| pieces.get() > 1,
        progress: &mut |done, total, _| {
            assert!(done <= total);
            pieces.set(pieces.get() + 1);
        },
    };
    assert_eq!(install(&models, &source, control).unwrap(), None);
    assert_eq!(names(&models), Vec::<String>::new());

    // One left by a killed process, one locked by another window.
    for name in ["killed", "busy"] {
        let growing = models.join(format!("{GROWING}{name}"));
        fs::create_dir(&growing).unwrap();
        fs::write(growing.join(LOCK), "").unwrap();
    }
    let busy = File::open(models.join(".copying-busy").join(LOCK)).unwrap();
    busy.try_lock().unwrap();
    sweep(&models);
    assert_eq!(names(&models), [".copying-busy"]);
}
