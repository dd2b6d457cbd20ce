// Group normalisation, optionally followed by SiLU, in two passes over the same workgroups.
//
//   y = (x − mean) / √(variance + eps) · weight[c] + bias[c]        out = y, or y / (1 + exp(−y))
//
// Layout   x is [n, c, a, b] with b contiguous and n, c, a strided, so a transposed view [1, c, f, s] of [f, c, h, w]
//          is read in place; out is contiguous. A group is c/groups neighbouring channels with all of a and b.
//          Everything except channels and statistics is counted in lanes (lib/lane_*.wgsl).
// Prefix   one lib/elem_*.wgsl, one lib/lane_*.wgsl, lib/grid.wgsl, lib/moments.wgsl and a block with
//            PASS  0 writes the moments of each slice, 1 merges a group's moments and normalises
//            SILU  1 if SiLU follows
// Grid     one workgroup for each slice of SLICE lanes of a group, folded to 2-D; the same in both passes
// Memory   x is read twice and out written once; tensor operations would pass over it eight times.
//          Sums are taken about each invocation's first value and merged by Chan's formula, all in f32: neither a mean
//          far from zero nor millions of elements reduce the precision.
// Bounds   checked in this file: a workgroup past the last slice returns early as a whole.
//
// binding  what
// 0        x: storage, read_write because burn keeps several tensors in one buffer and a buffer has one usage
// 1..2     weight, bias: storage, read_write, [c]
// 3        out: storage, read_write
// 4        moments: storage, read_write, per slice (count, mean, sum of squares about the mean, unused)
// 5        params: uniform

struct Params {         // byte offset
    slices: u32,        //  0  n · groups · slices of a group
    per_group: u32,     //  4  slices of a group
    groups: u32,        //  8
    channels: u32,      // 12  of a group
    rows: u32,          // 16  a
    row: u32,           // 20  b
    x_start: u32,       // 24
    x_n: u32,           // 28  from one sample to the next
    x_c: u32,           // 32  from one channel to the next
    x_a: u32,           // 36  from one row to the next
    out_start: u32,     // 40
    weight_start: u32,  // 44
    bias_start: u32,    // 48
    moments_start: u32, // 52
    eps: f32,           // 56
}

@group(0) @binding(0) var<storage, read_write> x: array<Lane>;
@group(0) @binding(1) var<storage, read_write> weight: array<Elem>;
@group(0) @binding(2) var<storage, read_write> bias: array<Elem>;
@group(0) @binding(3) var<storage, read_write> out: array<Lane>;
@group(0) @binding(4) var<storage, read_write> moments: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

const INVOCATIONS: u32 = 256u;
const SLICE: u32 = 4096u;

// (count, mean, sum of squares about the mean) of the values that each invocation read.
var<workgroup> seen: array<vec3<f32>, INVOCATIONS>;

// The moments of all values that this workgroup read, available to every invocation.
fn gathered(me: u32, mine: vec3<f32>) -> vec3<f32> {
    seen[me] = mine;
    for (var half = INVOCATIONS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if me < half {
            seen[me] = merged(seen[me], seen[me + half]);
        }
    }
    workgroupBarrier();
    return seen[0];
}

// The position in x of lane `at` of a group.
fn place(sample: u32, first: u32, at: u32) -> u32 {
    let line = at / params.row;
    let channel = first + line / params.rows;
    return params.x_start + sample * params.x_n + channel * params.x_c
        + (line % params.rows) * params.x_a + at % params.row;
}

@compute @workgroup_size(INVOCATIONS)
fn group_norm_silu(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) me: u32,
) {
    let slice = flat_workgroup(workgroup, workgroups);
    if slice >= params.slices {
        return;
    }
    let group = slice / params.per_group;
    let sample = group / params.groups;
    let first = (group % params.groups) * params.channels;
    let lanes = params.channels * params.rows * params.row;
    let begin = (slice % params.per_group) * SLICE;
    let end = min(begin + SLICE, lanes);

    if PASS == 0u {
        var mine = vec3<f32>();
        if begin + me < end {
            let shift = total(Wide(x[place(sample, first, begin + me)])) / f32(LANES);
            var sum = Wide();
            var squares = Wide();
            var count = 0.0;
            for (var at = begin + me; at < end; at += INVOCATIONS) {
                let apart = Wide(x[place(sample, first, at)]) - shift;
                sum += apart;
                squares += apart * apart;
                count += f32(LANES);
            }
            let mean = total(sum) / count;
            mine = vec3<f32>(count, shift + mean, max(total(squares) - mean * mean * count, 0.0));
        }
        let all = gathered(me, mine);
        if me == 0u {
            moments[params.moments_start + slice] = vec4<f32>(all, 0.0);
        }
    } else {
        var mine = vec3<f32>();
        for (var other = me; other < params.per_group; other += INVOCATIONS) {
            mine = merged(mine, moments[params.moments_start + group * params.per_group + other].xyz);
        }
        let all = gathered(me, mine);
        let scale = 1.0 / sqrt(all.z / all.x + params.eps);
        for (var at = begin + me; at < end; at += INVOCATIONS) {
            let channel = first + at / (params.rows * params.row);
            let gain = scale * f32(weight[params.weight_start + channel]);
            let offset = f32(bias[params.bias_start + channel]);
            var y = (Wide(x[place(sample, first, at)]) - all.y) * gain + offset;
            if SILU == 1u {
                // Beyond 80 the quotient is 0 in every type, and exp must not overflow.
                y = y / (exp(min(-y, Wide(80.0))) + 1.0);
            }
            out[params.out_start + group * lanes + at] = Lane(y);
        }
    }
}
