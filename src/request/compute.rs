//! Where to compute, and in which number format: the user's choices, not what a machine has.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::DeviceError;

/// Which device to compute on, as on the command line: `auto`, `cpu`, `gpu` or `gpu:N`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DevicePreference {
    /// A trusted GPU if there is one, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The adapter of this number, or the first trusted one; software drivers count too.
    Gpu(Option<usize>),
}

impl FromStr for DevicePreference {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::UnknownDevice {
            text: text.to_owned(),
        };
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu(None)),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|index| index.parse().ok())
                .map(|index| Self::Gpu(Some(index)))
                .ok_or_else(unknown),
        }
    }
}

/// Which number format the UNet computes in, as on the command line: `auto`, `f32`, `f16` or `bf16`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// f16 on a GPU that passed its self-test in f16, otherwise f32.
    #[default]
    Auto,
    /// 32-bit floats.
    F32,
    /// 16-bit floats, accumulated in f32.
    F16,
    /// bfloat16.
    Bf16,
}

impl FromStr for Precision {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match text {
            "auto" => Ok(Self::Auto),
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            "bf16" => Ok(Self::Bf16),
            _ => Err(DeviceError::UnknownPrecision {
                text: text.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DevicePreference;

    #[test]
    fn device_preferences_are_parsed() {
        assert_eq!(
            "auto".parse::<DevicePreference>().expect("auto"),
            DevicePreference::Auto
        );
        assert_eq!(
            "gpu".parse::<DevicePreference>().expect("gpu"),
            DevicePreference::Gpu(None)
        );
        assert_eq!(
            "gpu:2".parse::<DevicePreference>().expect("gpu:2"),
            DevicePreference::Gpu(Some(2))
        );
        for wrong in ["", "GPU", "gpu:", "gpu:-1", "gpu:one", "cuda"] {
            let error = wrong
                .parse::<DevicePreference>()
                .expect_err(wrong)
                .to_string();
            assert!(error.contains("auto, cpu, gpu or gpu:N"), "{error}");
        }
    }
}
