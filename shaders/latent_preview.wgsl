// What unfinished latents look like: a linear map from latent channels to colours in bytes, packed for a texture.
//
//   rgb[k] = Σ_c rows[k, c]·x[f, c, p] + rows[k, CHANNELS]        in 0..255, rounded, alpha 255
//
// Layout   x is f32 [f, c, p], contiguous; out has one u32 for each [f, p], red in the lowest byte.
// Prefix   one lib/elem_*.wgsl, lib/grid.wgsl and a block with
//            CHANNELS  c
// Grid     one invocation for each pixel, 256 to a workgroup, folded to 2-D
// Memory   x is read once; four bytes of each pixel are written.
// Bounds   checked in this file: invocations past the end do nothing.
//
// binding  what
// 0        x: storage, read_write because burn keeps several tensors in one buffer and a buffer has one usage
// 1        rows: storage, read_write, f32 [3, CHANNELS + 1]
// 2        out: storage, read_write
// 3        params: uniform

struct Params {       // byte offset
    elements: u32,    //  0  f · p
    pixels: u32,      //  4  p
    x_start: u32,     //  8
    rows_start: u32,  // 12
    out_start: u32,   // 16
}

@group(0) @binding(0) var<storage, read_write> x: array<Elem>;
@group(0) @binding(1) var<storage, read_write> rows: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

const INVOCATIONS: u32 = 256u;

@compute @workgroup_size(INVOCATIONS)
fn latent_preview(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) me: u32,
) {
    let at = flat_workgroup(workgroup, workgroups) * INVOCATIONS + me;
    if at >= params.elements {
        return;
    }
    let first = params.x_start + at / params.pixels * params.pixels * CHANNELS + at % params.pixels;
    const ROW: u32 = CHANNELS + 1u;
    let rows_at = params.rows_start;
    var rgb = vec3<f32>(
        rows[rows_at + CHANNELS],
        rows[rows_at + ROW + CHANNELS],
        rows[rows_at + 2u * ROW + CHANNELS],
    );
    for (var c = 0u; c < CHANNELS; c++) {
        let value = f32(x[first + c * params.pixels]);
        rgb += value * vec3<f32>(rows[rows_at + c], rows[rows_at + ROW + c], rows[rows_at + 2u * ROW + c]);
    }
    let bytes = vec3<u32>(round(clamp(rgb, vec3<f32>(0.0), vec3<f32>(255.0))));
    out[params.out_start + at] = bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | 0xff000000u;
}
