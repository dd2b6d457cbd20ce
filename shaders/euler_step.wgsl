// Guidance and one Euler step in one pass, for v-prediction with σ_data = 1 (spec §4.2, §4.3).
//
//   v = u + scale[f]·(c − u)        D = to_v·v + to_x·x        next = x + (x − D)·pace
//
// Layout   x, next and denoised are f32, c and u the UNet's type; all [f, per_frame], contiguous.
// Prefix   one lib/elem_*.wgsl, lib/grid.wgsl and a block with
//            GUIDED  1 if there is an unconditional branch
// Grid     one invocation for each element, 256 to a workgroup, folded to 2-D
// Memory   four reads and two writes; latents are small; what counts is that neither branch is read back.
// Bounds   checked in this file: invocations past the end do nothing.
//
// binding  what
// 0..2     x, c, u: storage, read_write because burn keeps several tensors in one buffer and a buffer has one usage;
//          without guidance, c is bound again as u, which is not read
// 3        scales: storage, read_write, [f]
// 4..5     next, denoised: storage, read_write
// 6        params: uniform

struct Params {           // byte offset
    elements: u32,        //  0
    per_frame: u32,       //  4
    x_start: u32,         //  8
    c_start: u32,         // 12
    u_start: u32,         // 16
    scales_start: u32,    // 20
    next_start: u32,      // 24
    denoised_start: u32,  // 28
    to_v: f32,            // 32  −σ/√(σ² + 1)
    to_x: f32,            // 36  1/(σ² + 1)
    pace: f32,            // 40  (σ_next − σ)/σ
}

@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> c: array<Elem>;
@group(0) @binding(2) var<storage, read_write> u: array<Elem>;
@group(0) @binding(3) var<storage, read_write> scales: array<f32>;
@group(0) @binding(4) var<storage, read_write> next: array<f32>;
@group(0) @binding(5) var<storage, read_write> denoised: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

const INVOCATIONS: u32 = 256u;

@compute @workgroup_size(INVOCATIONS)
fn euler_step(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) me: u32,
) {
    let at = flat_workgroup(workgroup, workgroups) * INVOCATIONS + me;
    if at >= params.elements {
        return;
    }
    var v = f32(c[params.c_start + at]);
    if GUIDED == 1u {
        let without = f32(u[params.u_start + at]);
        v = without + scales[params.scales_start + at / params.per_frame] * (v - without);
    }
    let now = x[params.x_start + at];
    let clean = params.to_v * v + params.to_x * now;
    denoised[params.denoised_start + at] = clean;
    next[params.next_start + at] = now + (now - clean) * params.pace;
}
