//! The names of AnimateDiff's MotionLoRAs as names of camera moves.

/// Words in the files' names, and in those of camera moves.
const MOVES: [(&str, &str); 8] = [
    ("zoomin", "zoom-in"),
    ("zoomout", "zoom-out"),
    ("panleft", "pan-left"),
    ("panright", "pan-right"),
    ("tiltup", "tilt-up"),
    ("tiltdown", "tilt-down"),
    ("rollingclockwise", "roll-cw"),
    ("rollinganticlockwise", "roll-ccw"),
];

/// The camera move that a published MotionLoRA is named after: `v2_lora_PanLeft`, or a folder such as
/// `animatediff-motion-lora-pan-left`.
pub(super) fn move_of(name: &str) -> Option<&'static str> {
    let letters = |name: &str| -> String {
        let letters = name.chars().filter(|letter| letter.is_alphanumeric());
        letters.collect::<String>().to_lowercase()
    };
    let name = letters(name);
    let word = name
        .strip_prefix("v2lora")
        .or_else(|| name.strip_prefix("animatediffmotionlora"))?;
    let found = MOVES.iter().find(|(spelled, _)| *spelled == word);
    found.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::move_of;

    #[test]
    fn published_files_are_named_like_camera_moves() {
        let cases = [
            ("v2_lora_PanLeft", Some("pan-left")),
            ("v2-lora-ZoomOut", Some("zoom-out")),
            ("v2_lora_RollingAnticlockwise", Some("roll-ccw")),
            ("animatediff-motion-lora-rolling-clockwise", Some("roll-cw")),
            ("animatediff-motion-lora-tilt-up", Some("tilt-up")),
            ("v2_lora_PanLeftwards", None),
            ("pan-left", None),
            ("v3_sd15_adapter", None),
        ];
        for (name, expected) in cases {
            assert_eq!(move_of(name), expected, "{name}");
        }
    }
}
