// Attention over the frames of a clip, one problem per pixel and head, read and written in the spatial layout.
//
//   out[i] = Σ_j softmax_j(scale · q[i]·k[j]) · v[j]        i, j = frames of one clip
//
// Layout   q, k, v, out are [b·f, s, heads·d]. A row of d elements is contiguous; frames and pixels are strided,
//          so the input may be a slice of a wider tensor and nothing is transposed.
// Prefix   one lib/elem_*.wgsl, lib/grid.wgsl and a block with
//            FRAMES    frames of a clip, 1–64
//            HEAD_DIM  d, 1–160
//            PROBLEMS  problems of one workgroup (temporal_attention.rs, `problems_per_group`)
// Grid     ⌈problems / PROBLEMS⌉ workgroups, folded to 2-D; FRAMES invocations per problem, one per query frame.
// Memory   every element of q, k and v is read once: rows pass through workgroup memory, frame by frame.
//          The softmax is computed online, and everything except storage is in f32.
// Bounds   checked in this file: problems past the end compute a copy of the last one and are not written.
//
// binding  what
// 0..2     q, k, v: storage, read_write because burn keeps several tensors in one buffer and a buffer has one usage
// 3        out: storage, read_write
// 4        params: uniform

struct Params {         // byte offset
    problems: u32,      //  0  b · s · heads
    pixels: u32,        //  4  s
    heads: u32,         //  8
    scale: f32,         // 12  usually 1/√d
    q_start: u32,       // 16  first element of q in its binding
    q_frame: u32,       // 20  elements from one frame to the next
    q_pixel: u32,       // 24  elements from one pixel to the next
    k_start: u32,       // 28
    k_frame: u32,       // 32
    k_pixel: u32,       // 36
    v_start: u32,       // 40
    v_frame: u32,       // 44
    v_pixel: u32,       // 48
    out_start: u32,     // 52
    out_frame: u32,     // 56
    out_pixel: u32,     // 60
}

@group(0) @binding(0) var<storage, read_write> q: array<Elem>;
@group(0) @binding(1) var<storage, read_write> k: array<Elem>;
@group(0) @binding(2) var<storage, read_write> v: array<Elem>;
@group(0) @binding(3) var<storage, read_write> out: array<Elem>;
@group(0) @binding(4) var<uniform> params: Params;

// A row as vectors of four; the last vector is padded with zeros.
const VECTORS: u32 = (HEAD_DIM + 3u) / 4u;
// One spare vector per row keeps rows of neighbouring problems in different banks.
const ROW: u32 = VECTORS + 1u;
const INVOCATIONS: u32 = PROBLEMS * FRAMES;
const TILE: u32 = PROBLEMS * VECTORS;
// Lower than every score; WGSL has no literal for −inf.
const LOWEST: f32 = -3.0e38;

// The start of a problem's first frame in q, k, v and out.
var<workgroup> places: array<vec4<u32>, PROBLEMS>;
// A frame's rows: first of q, then of k, finally of out.
var<workgroup> rows: array<vec4<f32>, PROBLEMS * ROW>;
// A frame's rows of v.
var<workgroup> values: array<vec4<f32>, PROBLEMS * ROW>;

fn place(problem: u32) -> vec4<u32> {
    let per_clip = params.pixels * params.heads;
    let clip = problem / per_clip;
    let within = problem % per_clip;
    let pixel = within / params.heads;
    let head = (within % params.heads) * HEAD_DIM;
    let first = clip * FRAMES;
    return vec4<u32>(
        params.q_start + first * params.q_frame + pixel * params.q_pixel + head,
        params.k_start + first * params.k_frame + pixel * params.k_pixel + head,
        params.v_start + first * params.v_frame + pixel * params.v_pixel + head,
        params.out_start + first * params.out_frame + pixel * params.out_pixel + head,
    );
}

// True if component `c` of the vector that begins at `lane` is inside the row.
fn inside(lane: u32, c: u32) -> bool {
    return HEAD_DIM % 4u == 0u || lane + c < HEAD_DIM;
}

fn read_q(at: u32, lane: u32) -> vec4<f32> {
    var four = vec4<f32>(f32(q[at]), 0.0, 0.0, 0.0);
    if inside(lane, 1u) { four.y = f32(q[at + 1u]); }
    if inside(lane, 2u) { four.z = f32(q[at + 2u]); }
    if inside(lane, 3u) { four.w = f32(q[at + 3u]); }
    return four;
}

fn read_k(at: u32, lane: u32) -> vec4<f32> {
    var four = vec4<f32>(f32(k[at]), 0.0, 0.0, 0.0);
    if inside(lane, 1u) { four.y = f32(k[at + 1u]); }
    if inside(lane, 2u) { four.z = f32(k[at + 2u]); }
    if inside(lane, 3u) { four.w = f32(k[at + 3u]); }
    return four;
}

fn read_v(at: u32, lane: u32) -> vec4<f32> {
    var four = vec4<f32>(f32(v[at]), 0.0, 0.0, 0.0);
    if inside(lane, 1u) { four.y = f32(v[at + 1u]); }
    if inside(lane, 2u) { four.z = f32(v[at + 2u]); }
    if inside(lane, 3u) { four.w = f32(v[at + 3u]); }
    return four;
}

fn write_out(at: u32, lane: u32, four: vec4<f32>) {
    out[at] = Elem(four.x);
    if inside(lane, 1u) { out[at + 1u] = Elem(four.y); }
    if inside(lane, 2u) { out[at + 2u] = Elem(four.z); }
    if inside(lane, 3u) { out[at + 3u] = Elem(four.w); }
}

@compute @workgroup_size(INVOCATIONS)
fn temporal_attention(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) me: u32,
) {
    let first = flat_workgroup(group, groups) * PROBLEMS;
    if me < PROBLEMS {
        places[me] = place(min(first + me, params.problems - 1u));
    }
    workgroupBarrier();

    // This invocation computes one query row: frame `frame` of problem `mine`.
    let mine = (me / FRAMES) * ROW;
    let frame = me % FRAMES;

    var query: array<vec4<f32>, VECTORS>;
    for (var i = 0u; i < FRAMES; i++) {
        for (var at = me; at < TILE; at += INVOCATIONS) {
            let p = at / VECTORS;
            let c = at % VECTORS;
            rows[p * ROW + c] = read_q(places[p].x + i * params.q_frame + c * 4u, c * 4u);
        }
        workgroupBarrier();
        if frame == i {
            for (var c = 0u; c < VECTORS; c++) {
                query[c] = rows[mine + c] * params.scale;
            }
        }
        workgroupBarrier();
    }

    var sum: array<vec4<f32>, VECTORS>;
    for (var c = 0u; c < VECTORS; c++) {
        sum[c] = vec4<f32>();
    }
    var highest = LOWEST;
    var weight = 0.0;
    for (var j = 0u; j < FRAMES; j++) {
        for (var at = me; at < TILE; at += INVOCATIONS) {
            let p = at / VECTORS;
            let c = at % VECTORS;
            rows[p * ROW + c] = read_k(places[p].y + j * params.k_frame + c * 4u, c * 4u);
            values[p * ROW + c] = read_v(places[p].z + j * params.v_frame + c * 4u, c * 4u);
        }
        workgroupBarrier();
        var score = 0.0;
        for (var c = 0u; c < VECTORS; c++) {
            score += dot(query[c], rows[mine + c]);
        }
        let higher = max(highest, score);
        let fade = exp(highest - higher);
        let share = exp(score - higher);
        weight = weight * fade + share;
        for (var c = 0u; c < VECTORS; c++) {
            sum[c] = sum[c] * fade + share * values[mine + c];
        }
        highest = higher;
        workgroupBarrier();
    }

    for (var i = 0u; i < FRAMES; i++) {
        if frame == i {
            for (var c = 0u; c < VECTORS; c++) {
                rows[mine + c] = sum[c] / weight;
            }
        }
        workgroupBarrier();
        for (var at = me; at < TILE; at += INVOCATIONS) {
            let p = at / VECTORS;
            let c = at % VECTORS;
            if first + p < params.problems {
                write_out(places[p].w + i * params.out_frame + c * 4u, c * 4u, rows[p * ROW + c]);
            }
        }
        workgroupBarrier();
    }
}
