//! - every shader in every variant parses and validates, without a GPU
//! - the parameters that Rust sends have the offsets that the shader reads
//! - every file in `shaders/` has its module, its row in the table and its oracle

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kinora::kernels::catalog::permutations;
use kinora::kernels::gpu::shader::{Elem, Shader, Variant};
use naga::valid::{Capabilities, ValidationFlags, Validator};

fn validated(shader: &Shader, variant: &Variant) -> naga::Module {
    let source = shader.stitch(variant);
    let module = naga::front::wgsl::parse_str(&source)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string(&source)));
    let capabilities = match variant.elem {
        Elem::F32 => Capabilities::empty(),
        Elem::F16 => Capabilities::SHADER_FLOAT16,
    };
    Validator::new(ValidationFlags::all(), capabilities)
        .validate(&module)
        .unwrap_or_else(|error| panic!("{variant:?}: {}", error.emit_to_string(&source)));
    module
}

#[test]
fn every_variant_of_every_shader_validates() {
    for family in permutations() {
        let (shader, variants) = (family.shader, &family.variants);
        assert!(variants.len() > 1, "{} has no variants", shader.name);
        for variant in variants {
            let module = validated(shader, variant);
            let entry = module.entry_points.first().expect("one entry point");
            assert_eq!(entry.name, shader.name);
            let invocations: u32 = entry.workgroup_size.iter().product();
            // The launcher compares this with the device's limit; it must not exceed the limit that every WebGPU
            // adapter has.
            assert!(shader.invocations <= 256, "{}", shader.name);
            assert!(
                (1..=shader.invocations).contains(&invocations),
                "{variant:?} has {invocations} invocations"
            );
            let mut layouter = naga::proc::Layouter::default();
            layouter
                .update(module.to_ctx())
                .expect("types have layouts");
            let shared: u32 = module
                .global_variables
                .iter()
                .filter(|(_, variable)| variable.space == naga::AddressSpace::WorkGroup)
                .map(|(_, variable)| layouter[variable.ty].size)
                .sum();
            assert!(
                shared <= 16_384,
                "{variant:?} takes {shared} bytes of workgroup memory"
            );
        }
    }
}

#[test]
fn parameters_lie_where_the_shader_reads_them() {
    for family in permutations() {
        let module = validated(family.shader, &family.variants[0]);
        let (members, span) = module
            .types
            .iter()
            .find_map(|(_, ty)| match (&ty.name, &ty.inner) {
                (Some(name), naga::TypeInner::Struct { members, span }) if name == "Params" => {
                    Some((members, *span))
                }
                _ => None,
            })
            .expect("a struct Params");
        let name = family.shader.name;
        assert_eq!(members.len(), family.parameters.len(), "{name}");
        assert_eq!(span as usize, family.parameters.len() * 4, "{name}");
        for (place, (member, parameter)) in members.iter().zip(&family.parameters).enumerate() {
            assert_eq!(member.name.as_deref(), Some(*parameter), "{name}");
            assert_eq!(member.offset as usize, place * 4, "{name}: {parameter}");
            let size = module.types[member.ty].inner.size(module.to_ctx());
            assert_eq!(size, 4, "{name}: {parameter}");
        }
    }
}

#[test]
fn every_shader_has_a_module_a_row_and_an_oracle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).expect(path);
    let table = read("shaders/README.md");
    let oracles: String = ["", "/fused", "/steps"]
        .iter()
        .map(|file| read(&format!("tests/it/kernels{file}.rs")))
        .collect();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(root.join("shaders")).expect("shaders/") {
        let path = entry.expect("an entry").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wgsl")
        {
            files.insert(
                path.file_stem()
                    .expect("a stem")
                    .to_string_lossy()
                    .into_owned(),
            );
        }
    }
    // Shaders that the window draws with have their counterpart in `ui/paint` and their tests in `ghost.rs`.
    assert!(files.remove("ghost"), "shaders/ghost.wgsl is gone");
    assert!(
        table.contains("| `ghost` |"),
        "ghost has no row in shaders/README.md"
    );
    let known: BTreeSet<_> = permutations()
        .iter()
        .map(|family| family.shader.name.to_owned())
        .collect();
    assert_eq!(
        files, known,
        "shaders/*.wgsl and kernels::catalog::permutations differ"
    );
    for name in files {
        assert!(
            root.join(format!("src/kernels/{name}.rs")).exists(),
            "src/kernels/{name}.rs is missing"
        );
        assert!(
            table.contains(&format!("| `{name}` |")),
            "{name} has no row in shaders/README.md"
        );
        assert!(
            oracles.contains(&format!("fn {name}_oracle")),
            "{name} has no oracle in tests/it/kernels"
        );
    }
}
