//! The camera moves that are part of the program.
//!
//! Each is a file of `presets/camera/`, by its stem; a test compares this list with the folder.

/// Files of the pack by name: one word here for each file in `presets/camera/`.
macro_rules! pack {
    ($($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_bytes!(concat!("../../presets/camera/", $name, ".safetensors")),
        )),*]
    };
}

/// Every move of the pack: its name and its file.
pub(crate) static PACK: &[(&str, &[u8])] = pack![
    "dolly-zoom",
    "handheld",
    "orbit-left",
    "orbit-right",
    "pan-left",
    "pan-right",
    "roll-ccw",
    "roll-cw",
    "static",
    "tilt-down",
    "tilt-up",
    "zoom-in",
    "zoom-out",
];
