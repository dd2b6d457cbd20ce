//! The camera moves that are embedded in the program.
//!
//! Each is a file of `presets/camera/`, by its stem; a test compares this list with the folder.

/// The bundled files by name: one word here for each file in `presets/camera/`.
macro_rules! bundled {
    ($($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_bytes!(concat!("../../presets/camera/", $name, ".safetensors")),
        )),*]
    };
}

/// Every bundled move: its name and the bytes of its safetensors file.
pub(crate) static BUNDLED_MOVES: &[(&str, &[u8])] = bundled![
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
