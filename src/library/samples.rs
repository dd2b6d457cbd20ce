//! The sample pictures, embedded in the program.

/// The samples, in the order in which they are shown. Their licences are in `assets/samples`.
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

/// sRGB colour behind the transparent parts of a sample; samples have none.
pub const SAMPLE_MATTE: [u8; 3] = [0; 3];
