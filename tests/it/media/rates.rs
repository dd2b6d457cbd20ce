//! Frame rates are exact fractions, whichever way they are written.

use std::time::Duration;

use kinora::error::RateError;
use kinora::media::rate::Rate;

#[test]
fn rates_are_exact() {
    let rate = |text: &str| text.parse::<Rate>().map(|rate| (rate.num, rate.den));
    for (text, num, den) in [
        ("24", 24, 1),
        (" 7 ", 7, 1),
        ("12.5", 25, 2),
        ("30000/1001", 30_000, 1001),
        ("50/2", 25, 1),
        ("23.976", 24_000, 1001),
        ("23.98", 24_000, 1001),
        ("23.97", 24_000, 1001),
        ("29.97", 30_000, 1001),
        ("59.94", 60_000, 1001),
        ("119.88", 120_000, 1001),
        ("23.976023976", 24_000, 1001),
        ("23.9", 239, 10),
        ("0.5", 1, 2),
        ("1/1000", 1, 1000),
        ("1000", 1000, 1),
    ] {
        assert_eq!(rate(text), Ok((num, den)), "{text}");
        let again = rate(&Rate::new(num, den).unwrap().to_string());
        assert_eq!(again, Ok((num, den)), "{text}");
    }
    for text in ["0", "0.0", "5/0", "0/5", "1001", "1/1001", "99999999999"] {
        assert!(
            matches!(rate(text), Err(RateError::OutOfRange { .. })),
            "{text}"
        );
    }
    let long = format!("1.{}", "0".repeat(70_000));
    for text in [
        "",
        "-24",
        "+24",
        "NaN",
        "inf",
        "1e3",
        "24.",
        "fast",
        "1/2/3",
        "24,5",
        long.as_str(),
    ] {
        assert!(
            matches!(rate(text), Err(RateError::Unreadable { .. })),
            "{text}"
        );
    }
    let film = Rate::new(24_000, 1001).unwrap();
    assert_eq!(film.duration_of(24_000), Duration::from_secs(1001));
    assert_eq!(film.frame_at(Duration::from_secs(1), 100), 23);
    assert_eq!(film.frame_at(Duration::from_secs(99), 100), 99);
    assert_eq!(serde_json::to_string(&film).unwrap(), "\"24000/1001\"");
    assert_eq!(serde_json::from_str::<Rate>("\"23.976\"").unwrap(), film);
    assert!(serde_json::from_str::<Rate>("\"0\"").is_err());
}
