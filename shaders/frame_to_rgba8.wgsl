// Converts decoded frames in ±1 to bytes, packed for a texture or a file: a third of the size of the f32 values.
//
//   byte = round(255 · clamp(x/2 + 1/2, 0, 1)), halves to even        alpha 255, or 0 if a channel is not finite
//
// Layout   x is [f, 3, p], contiguous; out has one u32 for each [f, p], red in the lowest byte.
// Prefix   one lib/elem_*.wgsl, lib/grid.wgsl
// Grid     one invocation for each pixel, 256 to a workgroup, folded to 2-D
// Memory   x is read once; four bytes of each pixel are written.
// Bounds   checked in this file: invocations past the end do nothing.
//
// binding  what
// 0        x: storage, read_write because burn keeps several tensors in one buffer and a buffer has one usage
// 1        out: storage, read_write
// 2        params: uniform

struct Params {       // byte offset
    elements: u32,    //  0  f · p
    pixels: u32,      //  4  p
    x_start: u32,     //  8
    out_start: u32,   // 12
}

@group(0) @binding(0) var<storage, read_write> x: array<Elem>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

const INVOCATIONS: u32 = 256u;
const EXPONENT: u32 = 0x7f800000u;

@compute @workgroup_size(INVOCATIONS)
fn frame_to_rgba8(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) me: u32,
) {
    let at = flat_workgroup(workgroup, workgroups) * INVOCATIONS + me;
    if at >= params.elements {
        return;
    }
    let first = params.x_start + at / params.pixels * params.pixels * 3u + at % params.pixels;
    let rgb = vec3<f32>(
        f32(x[first]),
        f32(x[first + params.pixels]),
        f32(x[first + 2u * params.pixels]),
    );
    // Checks the bits, because compilers may assume that a float is never NaN.
    let exponents = bitcast<vec3<u32>>(rgb) & vec3<u32>(EXPONENT);
    let finite = all(exponents != vec3<u32>(EXPONENT));
    let shade = clamp(rgb * 0.5 + 0.5, vec3<f32>(0.0), vec3<f32>(1.0));
    let bytes = vec3<u32>(round(shade * 255.0));
    let rgba = bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | 0xff000000u;
    out[params.out_start + at] = select(0u, rgba, finite);
}
