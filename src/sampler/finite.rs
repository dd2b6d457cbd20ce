//! Numbers of type `f32` in documents, which must be finite.
//!
//! JSON can contain numbers beyond the range of `f32`. They would be read as infinite and written as `null`: a document
//! that can be opened would then be saved as one that cannot. For `#[serde(deserialize_with = "finite::…")]`.

use serde::de::{Deserialize, Deserializer, Error};

/// The message for a number out of range.
const BEYOND: &str = "a number is too large";

/// One number.
///
/// # Errors
/// If the value is not a number, or is beyond the range of `f32`.
pub fn number<'de, D: Deserializer<'de>>(document: D) -> Result<f32, D::Error> {
    checked(f32::deserialize(document)?, |number| [*number])
}

/// A number that may be absent.
///
/// # Errors
/// Same as [`number`].
pub fn optional<'de, D: Deserializer<'de>>(document: D) -> Result<Option<f32>, D::Error> {
    checked(Option::deserialize(document)?, |number: &Option<f32>| {
        [number.unwrap_or(0.0)]
    })
}

/// Two numbers that may be absent together.
///
/// # Errors
/// Same as [`number`].
pub fn optional_pair<'de, D, T>(document: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Copy + Into<[f32; 2]>,
{
    checked(Option::deserialize(document)?, |pair: &Option<T>| {
        pair.map_or([0.0; 2], Into::into)
    })
}

fn checked<T, E: Error, const N: usize>(
    value: T,
    numbers: impl Fn(&T) -> [f32; N],
) -> Result<T, E> {
    if numbers(&value).iter().all(|number| number.is_finite()) {
        Ok(value)
    } else {
        Err(E::custom(BEYOND))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(
        dead_code,
        reason = "what is read is not looked at, only whether it is"
    )]
    struct Document {
        #[serde(deserialize_with = "super::number")]
        one: f32,
        #[serde(default, deserialize_with = "super::optional")]
        maybe: Option<f32>,
        #[serde(default, deserialize_with = "super::optional_pair")]
        two: Option<(f32, f32)>,
    }

    #[test]
    fn what_f32_does_not_hold_is_refused() {
        let read = |text: &str| serde_json::from_str::<Document>(text);
        for text in [
            r#"{"one": -3.4e38}"#,
            r#"{"one": 1, "maybe": null, "two": null}"#,
            r#"{"one": 1e-60, "maybe": 2, "two": [0.5, -1]}"#,
        ] {
            assert!(read(text).is_ok(), "{text}");
        }
        for text in [
            r#"{"one": 3.5e38}"#,
            r#"{"one": 1, "maybe": -1e39}"#,
            r#"{"one": 1, "two": [1, 1e300]}"#,
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains("too large"), "{error}");
        }
    }
}
