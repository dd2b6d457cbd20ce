//! Bytes in a short form, with units in powers of 1024.

/// `213 MB`, `1.4 GB`, `24 GB`.
pub(in crate::ui) fn in_bytes(bytes: u64) -> String {
    let mega = bytes as f64 / f64::from(1 << 20);
    match mega {
        ..999.5 => format!("{mega:.0} MB"),
        ..10_188.0 => format!("{:.1} GB", mega / 1024.0),
        _ => format!("{:.0} GB", mega / 1024.0),
    }
}

#[cfg(test)]
mod tests {
    use super::in_bytes;

    #[test]
    fn figures_stay_short() {
        let mega = 1 << 20;
        assert_eq!(in_bytes(213 * mega), "213 MB");
        assert_eq!(in_bytes(1000 * mega), "1.0 GB");
        assert_eq!(in_bytes(24 * 1024 * mega), "24 GB");
    }
}
