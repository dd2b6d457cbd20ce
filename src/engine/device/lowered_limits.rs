//! `KINORA_GPU_LIMITS`: lowers what adapters offer, so that any adapter can stand in for a poorer one.
//!
//! The variable holds `NAME=VALUE` for fields of [`wgpu::Limits`], and the words `no-f16` and `no-subgroups`, separated
//! by commas. It is read once per process.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use wgpu::{Features, Limits};

use crate::error::DeviceError;

/// The environment variable.
pub const VARIABLE: &str = "KINORA_GPU_LIMITS";

/// Features that count as subgroup operations.
const SUBGROUPS: Features = Features::SUBGROUP
    .union(Features::SUBGROUP_VERTEX)
    .union(Features::SUBGROUP_BARRIER);

/// Limits and features that adapters must not exceed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoweredLimits {
    /// Fields of [`Limits`] with their values, in the order given.
    values: Vec<(&'static str, u64)>,
    no_f16: bool,
    no_subgroups: bool,
}

/// Defines functions that give access to every limit by its name in wgpu.
macro_rules! fields {
    ($($name:ident)*) => {
        /// The name of a limit as a constant, or `None` if wgpu has no limit of that name.
        fn known(name: &str) -> Option<&'static str> {
            [$(stringify!($name)),*].into_iter().find(|known| *known == name)
        }

        /// Sets a limit; a value too large for the field's type becomes the largest of that type.
        fn set(limits: &mut Limits, name: &str, value: u64) {
            match name {
                $(stringify!($name) => limits.$name = value.try_into().unwrap_or(!0),)*
                _ => {}
            }
        }

        /// The value of a limit.
        fn get(limits: &Limits, name: &str) -> u64 {
            match name {
                $(stringify!($name) => u64::from(limits.$name),)*
                _ => 0,
            }
        }

        /// Every limit by its name in wgpu.
        pub(super) fn by_name(limits: &Limits) -> BTreeMap<&'static str, u64> {
            [$((stringify!($name), u64::from(limits.$name))),*].into()
        }
    };
}

fields! {
    max_texture_dimension_1d max_texture_dimension_2d max_texture_dimension_3d max_texture_array_layers
    max_bind_groups max_bind_groups_plus_vertex_buffers max_bindings_per_bind_group
    max_dynamic_uniform_buffers_per_pipeline_layout max_dynamic_storage_buffers_per_pipeline_layout
    max_sampled_textures_per_shader_stage max_samplers_per_shader_stage
    max_storage_buffers_per_shader_stage max_storage_textures_per_shader_stage
    max_uniform_buffers_per_shader_stage max_binding_array_elements_per_shader_stage
    max_binding_array_acceleration_structure_elements_per_shader_stage
    max_binding_array_sampler_elements_per_shader_stage
    max_uniform_buffer_binding_size max_storage_buffer_binding_size
    max_vertex_buffers max_buffer_size max_vertex_attributes max_vertex_buffer_array_stride
    max_inter_stage_shader_variables
    min_uniform_buffer_offset_alignment min_storage_buffer_offset_alignment
    max_color_attachments max_color_attachment_bytes_per_sample
    max_compute_workgroup_storage_size max_compute_invocations_per_workgroup
    max_compute_workgroup_size_x max_compute_workgroup_size_y max_compute_workgroup_size_z
    max_compute_workgroups_per_dimension max_immediate_size max_non_sampler_bindings
    max_task_workgroup_total_count max_task_workgroups_per_dimension
    max_mesh_workgroup_total_count max_mesh_workgroups_per_dimension
    max_task_invocations_per_workgroup max_task_invocations_per_dimension
    max_mesh_invocations_per_workgroup max_mesh_invocations_per_dimension
    max_task_payload_size max_mesh_output_vertices max_mesh_output_primitives max_mesh_output_layers
    max_mesh_multiview_view_count max_blas_primitive_count max_blas_geometry_count max_tlas_instance_count
    max_acceleration_structures_per_shader_stage max_buffers_and_acceleration_structures_per_shader_stage
    max_multiview_view_count max_ray_dispatch_count max_ray_recursion_depth
}

/// Whether a smaller value of this limit demands more of the adapter, as with alignments.
fn is_minimum(name: &str) -> bool {
    name.starts_with("min_")
}

impl LoweredLimits {
    /// Reads the variable; nothing is lowered if it is absent or empty.
    ///
    /// # Errors
    /// [`DeviceError::UnknownLimit`] and [`DeviceError::MalformedLimit`].
    pub fn of_environment() -> Result<&'static Self, DeviceError> {
        static PARSED: LazyLock<Result<LoweredLimits, Fault>> = LazyLock::new(|| {
            let text = std::env::var_os(VARIABLE).unwrap_or_default();
            LoweredLimits::parse(&text.to_string_lossy())
        });
        PARSED.as_ref().map_err(|fault| fault.clone().into())
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let mut lowered = Self::default();
        let parts = text.split(',').map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                None if part == "no-f16" => lowered.no_f16 = true,
                None if part == "no-subgroups" => lowered.no_subgroups = true,
                None => return Err(Fault::Malformed(part.to_owned())),
                Some((name, value)) => {
                    let name = known(name.trim()).ok_or_else(|| Fault::Unknown(name.to_owned()))?;
                    let value = value.trim().parse();
                    let value = value.map_err(|_| Fault::Malformed(part.to_owned()))?;
                    lowered.values.retain(|(earlier, _)| *earlier != name);
                    lowered.values.push((name, value));
                }
            }
        }
        Ok(lowered)
    }

    /// True if adapters are left as they are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The limits of an adapter that offers `offered`. A value that asks for more than that is ignored; see
    /// [`LoweredLimits::require_offered`].
    #[must_use]
    pub(super) fn limits(&self, offered: Limits) -> Limits {
        let mut asked = offered.clone();
        for (name, value) in &self.values {
            set(&mut asked, name, *value);
        }
        asked.or_worse_values_from(&offered)
    }

    /// The features of an adapter that offers `offered`.
    #[must_use]
    pub(super) fn features(&self, mut offered: Features) -> Features {
        offered.set(
            Features::SHADER_F16,
            offered.contains(Features::SHADER_F16) && !self.no_f16,
        );
        if self.no_subgroups {
            offered.remove(SUBGROUPS);
        }
        offered
    }

    /// Checks that no value is above what the adapter `name` offers.
    ///
    /// # Errors
    /// [`DeviceError::LimitNotOffered`] for the first value that is.
    pub(super) fn require_offered(&self, name: &str, offered: &Limits) -> Result<(), DeviceError> {
        let beyond = |(limit, value): &&(&'static str, u64)| {
            let offered = get(offered, limit);
            if is_minimum(limit) {
                *value < offered
            } else {
                *value > offered
            }
        };
        match self.values.iter().find(beyond) {
            None => Ok(()),
            Some((limit, value)) => Err(DeviceError::LimitNotOffered {
                limit,
                value: *value,
                offered: get(offered, limit),
                name: name.to_owned(),
            }),
        }
    }
}

impl FromStr for LoweredLimits {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        Ok(Self::parse(text)?)
    }
}

/// `max_buffer_size=1024,no-f16`, in a fixed order; empty if nothing is lowered.
impl fmt::Display for LoweredLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values = self.values.clone();
        values.sort_unstable();
        let words = [(self.no_f16, "no-f16"), (self.no_subgroups, "no-subgroups")];
        let words = words.into_iter().filter(|(on, _)| *on);
        let parts: Vec<String> = values
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .chain(words.map(|(_, word)| word.to_owned()))
            .collect();
        f.write_str(&parts.join(","))
    }
}

/// An object with each limit by its name, and `true` for each word.
impl Serialize for LoweredLimits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.values {
            map.serialize_entry(name, value)?;
        }
        for (on, word) in [(self.no_f16, "no-f16"), (self.no_subgroups, "no-subgroups")] {
            if on {
                map.serialize_entry(word, &true)?;
            }
        }
        map.end()
    }
}

/// Why the variable cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Unknown(String),
    Malformed(String),
}

impl From<Fault> for DeviceError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unknown(name) => Self::UnknownLimit { name },
            Fault::Malformed(part) => Self::MalformedLimit { part },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered() -> Limits {
        Limits {
            max_buffer_size: 1 << 30,
            min_storage_buffer_offset_alignment: 32,
            ..Limits::default()
        }
    }

    #[test]
    fn limits_and_features_are_lowered_and_the_rest_stays() {
        let text = " max_buffer_size=1024, no-f16,,min_storage_buffer_offset_alignment=256,max_buffer_size=2048";
        let lowered = LoweredLimits::parse(text).unwrap();
        let limits = lowered.limits(offered());
        let expected = Limits {
            max_buffer_size: 2048,
            min_storage_buffer_offset_alignment: 256,
            ..offered()
        };
        assert_eq!(limits, expected);
        let features = Features::SHADER_F16 | Features::SUBGROUP;
        assert_eq!(lowered.features(features), Features::SUBGROUP);
        let text = "max_buffer_size=2048,min_storage_buffer_offset_alignment=256,no-f16";
        assert_eq!(lowered.to_string(), text);
        assert_eq!(LoweredLimits::parse(text).unwrap().to_string(), text);
        let json = serde_json::to_value(&lowered).unwrap();
        assert_eq!(json["max_buffer_size"], 2048);
        assert_eq!(json["no-f16"], true);
        assert_eq!(json.as_object().unwrap().len(), 3);
    }

    #[test]
    fn nothing_is_lowered_without_the_variable() {
        let lowered = LoweredLimits::parse("").unwrap();
        assert!(lowered.is_empty());
        assert_eq!(lowered.limits(offered()), offered());
        assert_eq!(lowered.features(Features::all()), Features::all());
    }

    #[test]
    fn unknown_names_and_malformed_values_are_faults() {
        let unknown = LoweredLimits::parse("max_buffer=1");
        assert_eq!(unknown, Err(Fault::Unknown("max_buffer".to_owned())));
        for part in [
            "no-f32",
            "max_buffer_size",
            "max_buffer_size=",
            "max_buffer_size=-1",
            "max_buffer_size=1k",
        ] {
            let fault = LoweredLimits::parse(&format!("no-f16,{part}"));
            assert_eq!(fault, Err(Fault::Malformed(part.to_owned())), "{part}");
        }
    }

    #[test]
    fn a_value_above_the_adapters_is_told_and_never_used() {
        let lowered =
            LoweredLimits::parse("max_compute_workgroups_per_dimension=4294967296").unwrap();
        assert_eq!(lowered.limits(offered()), offered());
        let error = lowered.require_offered("A card", &offered()).unwrap_err();
        assert!(error.to_string().contains("A card offers 65535"), "{error}");
        let alignment = LoweredLimits::parse("min_storage_buffer_offset_alignment=16").unwrap();
        assert!(alignment.require_offered("A card", &offered()).is_err());
        assert_eq!(alignment.limits(offered()), offered());
        let same = LoweredLimits::parse("max_buffer_size=1073741824").unwrap();
        assert!(same.require_offered("A card", &offered()).is_ok());
    }

    #[test]
    fn every_limit_of_wgpu_has_its_name_here() {
        // wgpu compares all its fields and reports those that are too low: with the lowest limits on one side and the
        // highest on the other, it names every field.
        let mut named = Vec::new();
        let (low, high) = (Limits::downlevel_webgl2_defaults(), Limits::unlimited());
        high.check_limits_with_fail_fn(&low, false, |name, _, _| named.push(name));
        assert!(named.len() > 30, "{named:?}");
        for name in named {
            assert!(known(name).is_some(), "{name}");
        }
    }
}
