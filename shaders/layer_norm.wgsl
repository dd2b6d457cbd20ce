// Layer normalisation over the last dimension.
//
//   out = (x − mean) / √(variance + eps) · weight + bias
//
// Layout   x is [rows, c]; rows are strided, a row is contiguous. out is [rows, c], contiguous.
//          Everything is counted in lanes (lib/lane_*.wgsl), weight and bias too.
// Prefix   one lib/elem_*.wgsl, one lib/lane_*.wgsl, lib/grid.wgsl, lib/moments.wgsl
// Grid     one workgroup for every ROWS rows, folded to 2-D; PER_ROW invocations share a row
// Memory   x is read twice, the second time from a cache (a row has a few KB), and out written once; tensor operations
//          would pass over it six times.
//          Sums are taken about each invocation's first value and merged by Chan's formula, all in f32.
// Bounds   checked in this file: invocations past the last row do nothing, but reach every barrier.
//
// binding  what
// 0        x: storage, read_write because burn keeps several tensors in one buffer and a buffer has one usage
// 1..2     weight, bias: storage, read_write, [c]
// 3        out: storage, read_write
// 4        params: uniform

struct Params {         // byte offset
    rows: u32,          //  0
    row: u32,           //  4  c
    x_start: u32,       //  8
    x_row: u32,         // 12  from one row to the next
    out_start: u32,     // 16
    weight_start: u32,  // 20
    bias_start: u32,    // 24
    eps: f32,           // 28
}

@group(0) @binding(0) var<storage, read_write> x: array<Lane>;
@group(0) @binding(1) var<storage, read_write> weight: array<Lane>;
@group(0) @binding(2) var<storage, read_write> bias: array<Lane>;
@group(0) @binding(3) var<storage, read_write> out: array<Lane>;
@group(0) @binding(4) var<uniform> params: Params;

const INVOCATIONS: u32 = 256u;
const PER_ROW: u32 = 64u;
const ROWS: u32 = INVOCATIONS / PER_ROW;

// Moments of the values that each invocation read.
var<workgroup> seen: array<vec3<f32>, INVOCATIONS>;

@compute @workgroup_size(INVOCATIONS)
fn layer_norm(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) me: u32,
) {
    let first = me % PER_ROW;
    let row = flat_workgroup(workgroup, workgroups) * ROWS + me / PER_ROW;
    let begin = params.x_start + row * params.x_row;
    var end = params.row;
    if row >= params.rows {
        end = 0u;
    }

    var mine = vec3<f32>();
    if first < end {
        let shift = total(Wide(x[begin + first])) / f32(LANES);
        var sum = Wide();
        var squares = Wide();
        var count = 0.0;
        for (var at = first; at < end; at += PER_ROW) {
            let apart = Wide(x[begin + at]) - shift;
            sum += apart;
            squares += apart * apart;
            count += f32(LANES);
        }
        let mean = total(sum) / count;
        mine = vec3<f32>(count, shift + mean, max(total(squares) - mean * mean * count, 0.0));
    }
    seen[me] = mine;
    for (var half = PER_ROW / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if first < half {
            seen[me] = merged(seen[me], seen[me + half]);
        }
    }
    workgroupBarrier();
    let all = seen[me - first];

    let scale = 1.0 / sqrt(all.z / max(all.x, 1.0) + params.eps);
    for (var at = first; at < end; at += PER_ROW) {
        let normal = (Wide(x[begin + at]) - all.y) * scale;
        let y = normal * Wide(weight[params.weight_start + at]) + Wide(bias[params.bias_start + at]);
        out[params.out_start + row * params.row + at] = Lane(y);
    }
}
