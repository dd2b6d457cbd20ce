// The gate of a GEGLU feed-forward: out = value · gate·Φ(gate), with Φ the normal distribution (exact GELU).
//
// Layout   x is [rows, 2·inner], value first; rows are strided, a row is contiguous. out is [rows, inner], contiguous.
//          Everything is counted in lanes (lib/lane_*.wgsl).
// Prefix   one lib/elem_*.wgsl, one lib/lane_*.wgsl, lib/grid.wgsl
// Grid     one invocation for each lane of out, 256 to a workgroup, folded to 2-D
// Memory   x is read once and out written once, half as large; tensor operations would write and read two more copies.
// Bounds   checked in this file: invocations past the end do nothing.
//
// binding  what
// 0        x: storage, read_write because burn keeps several tensors in one buffer and a buffer has one usage
// 1        out: storage, read_write
// 2        params: uniform

struct Params {       // byte offset
    lanes: u32,       //  0  rows · inner
    inner: u32,       //  4
    x_start: u32,     //  8
    x_row: u32,       // 12  from one row to the next
    out_start: u32,   // 16
}

@group(0) @binding(0) var<storage, read_write> x: array<Lane>;
@group(0) @binding(1) var<storage, read_write> out: array<Lane>;
@group(0) @binding(2) var<uniform> params: Params;

const INVOCATIONS: u32 = 256u;

// ½·erfc(z) for z ≥ 0, with a relative error of a few parts in 10⁷: the rational Chebyshev fit of Press et al.,
// "Numerical Recipes", §6.2 (`erfcc`).
fn tail(z: Wide) -> Wide {
    let t = 1.0 / (0.5 * z + 1.0);
    var fit = t * 0.17087277 - 0.82215223;
    fit = fit * t + 1.48851587;
    fit = fit * t - 1.13520398;
    fit = fit * t + 0.27886807;
    fit = fit * t - 0.18628806;
    fit = fit * t + 0.09678418;
    fit = fit * t + 0.37409196;
    fit = fit * t + 1.00002368;
    fit = fit * t - 1.26551223;
    return 0.5 * t * exp(fit - z * z);
}

fn gelu(g: Wide) -> Wide {
    // Beyond 13 the result is smaller than any f32, and the square must not overflow.
    let beyond = tail(min(abs(g) * 0.70710678, Wide(13.0)));
    return g * select(1.0 - beyond, beyond, g < Wide(0.0));
}

@compute @workgroup_size(INVOCATIONS)
fn geglu(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) me: u32,
) {
    let at = flat_workgroup(workgroup, workgroups) * INVOCATIONS + me;
    if at >= params.lanes {
        return;
    }
    let value = params.x_start + (at / params.inner) * params.x_row + at % params.inner;
    out[params.out_start + at] = Lane(Wide(x[value]) * gelu(Wide(x[value + params.inner])));
}
