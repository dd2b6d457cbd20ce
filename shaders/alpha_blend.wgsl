// A weighted sum of two or three tensors in one pass: a block's results within frames and across them, with a residual.
//
//   out = s_weight·s + u_weight·u (+ r_weight·r)
//
// Layout   all are [i, j, k, l] with l contiguous and the rest strided, so that transposed views are read in place;
//          out is contiguous. Everything is counted in lanes (lib/lane_*.wgsl).
// Prefix   one lib/elem_*.wgsl, one lib/lane_*.wgsl, lib/grid.wgsl and a block with
//            PARTS  2 or 3
// Grid     one invocation for each lane of out, 256 to a workgroup, folded to 2-D
// Memory   every input is read once and out written once; tensor operations write and read two to four more copies.
// Bounds   checked in this file: invocations past the end do nothing.
//
// binding  what
// 0..2     s, u, r: storage, read_write because burn keeps several tensors in one buffer and a buffer has one usage;
//          with two parts, u is bound again as r, which is not read
// 3        out: storage, read_write
// 4        params: uniform

struct Params {       // byte offset
    lanes: u32,       //  0
    j: u32,           //  4
    k: u32,           //  8
    l: u32,           // 12
    s_weight: f32,    // 16
    s_start: u32,     // 20
    s_i: u32,         // 24
    s_j: u32,         // 28
    s_k: u32,         // 32
    u_weight: f32,    // 36
    u_start: u32,     // 40
    u_i: u32,         // 44
    u_j: u32,         // 48
    u_k: u32,         // 52
    r_weight: f32,    // 56
    r_start: u32,     // 60
    r_i: u32,         // 64
    r_j: u32,         // 68
    r_k: u32,         // 72
    out_start: u32,   // 76
}

@group(0) @binding(0) var<storage, read_write> s: array<Lane>;
@group(0) @binding(1) var<storage, read_write> u: array<Lane>;
@group(0) @binding(2) var<storage, read_write> r: array<Lane>;
@group(0) @binding(3) var<storage, read_write> out: array<Lane>;
@group(0) @binding(4) var<uniform> params: Params;

const INVOCATIONS: u32 = 256u;

@compute @workgroup_size(INVOCATIONS)
fn alpha_blend(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) me: u32,
) {
    let at = flat_workgroup(workgroup, workgroups) * INVOCATIONS + me;
    if at >= params.lanes {
        return;
    }
    let l = at % params.l;
    let k = at / params.l % params.k;
    let rest = at / (params.l * params.k);
    let j = rest % params.j;
    let i = rest / params.j;
    var sum = Wide(s[params.s_start + i * params.s_i + j * params.s_j + k * params.s_k + l]) * params.s_weight
        + Wide(u[params.u_start + i * params.u_i + j * params.u_j + k * params.u_k + l]) * params.u_weight;
    if PARTS == 3u {
        sum += Wide(r[params.r_start + i * params.r_i + j * params.r_j + k * params.r_k + l]) * params.r_weight;
    }
    out[params.out_start + at] = Lane(sum);
}
