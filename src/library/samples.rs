//! The pictures that are part of the program: names and files.

/// All of them, in the order in which they are shown. Licences are in `assets/samples`.
pub static SAMPLES: [(&str, &[u8]); 4] = [
    ("Bridge", include_bytes!("../../assets/samples/bridge.jpg")),
    (
        "Dandelion",
        include_bytes!("../../assets/samples/dandelion.jpg"),
    ),
    (
        "Honey bee",
        include_bytes!("../../assets/samples/honey-bee.jpg"),
    ),
    ("Citrus", include_bytes!("../../assets/samples/citrus.jpg")),
];

/// sRGB colour behind the transparent parts of a sample, which has none.
pub const SAMPLE_MATTE: [u8; 3] = [0; 3];
