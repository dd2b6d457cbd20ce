// The artist's picture as a camera move would show it, at one moment of the clip.
//
// Backward warp: for each pixel of the frame, finds the point q in the picture that its content comes from, so that
//   moved(q) = 0.5 + R(roll) · (q − 0.5) · scale · (1 + dolly · near(q)) + shift + orbit · (near(q) − 0.5)
// is that pixel. Depth is a guess (the lower and the closer to the middle, the nearer), smooth enough that a few
// fixed-point steps find q. Coordinates are fractions of the frame; x is scaled by `aspect` for the rotation. Outside
// the picture, its edge is repeated and dimmed.
//
// group 0: 0 params (uniform), 1 picture (values as stored, gamma), 2 sampler (linear, clamped).
// Drawn as one triangle over the viewport; the viewport is the frame.

struct Params {
    shift: vec2<f32>,
    scale: f32,
    // Radians, clockwise.
    roll: f32,
    orbit: f32,
    dolly: f32,
    // Width over height of the frame.
    aspect: f32,
    // 1 if the target takes linear light.
    linear: f32,
    // The frame within the picture: its upper left corner and its size, as fractions of the picture.
    crop_min: vec2<f32>,
    crop_size: vec2<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var smooth_clamped: sampler;

// Fixed-point steps; each at least halves the error.
const STEPS: i32 = 10;
// Brightness outside the picture, where the model would have to invent the content.
const BEYOND: f32 = 0.4;
// Same as `LEAST_DEPTH_SCALE` in src/media/camera.rs.
const LEAST_DEPTH_SCALE: f32 = 0.05;

struct Corner {
    @builtin(position) position: vec4<f32>,
    // Position in the frame: (0, 0) upper left, (1, 1) lower right.
    @location(0) at: vec2<f32>,
}

@vertex
fn corner(@builtin(vertex_index) index: u32) -> Corner {
    let at = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return Corner(vec4<f32>(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0), at);
}

// 0 farthest, 1 nearest.
fn near(point: vec2<f32>) -> f32 {
    let q = clamp(point, vec2<f32>(0.0), vec2<f32>(1.0));
    let ground = smoothstep(0.3, 1.0, q.y);
    let away = (q - vec2<f32>(0.5, 0.55)) / vec2<f32>(0.24, 0.3);
    let subject = 0.8 * exp(-0.5 * dot(away, away));
    return 1.0 - (1.0 - ground) * (1.0 - subject);
}

// The point that the content at `at` comes from, if its depth is `depth`.
fn origin(at: vec2<f32>, depth: f32) -> vec2<f32> {
    let parallax = vec2<f32>(params.orbit * (depth - 0.5), 0.0);
    var v = at - 0.5 - params.shift - parallax;
    v.x *= params.aspect;
    let c = cos(params.roll);
    let s = sin(params.roll);
    v = vec2<f32>(v.x * c + v.y * s, v.y * c - v.x * s);
    v /= params.scale * max(1.0 + params.dolly * depth, LEAST_DEPTH_SCALE);
    v.x /= params.aspect;
    return v + 0.5;
}

fn linear_light(gamma: vec3<f32>) -> vec3<f32> {
    let low = gamma / 12.92;
    let high = pow((gamma + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, gamma < vec3<f32>(0.04045));
}

@fragment
fn ghost(in: Corner) -> @location(0) vec4<f32> {
    var q = origin(in.at, near(in.at));
    // Without parallax, depth does not matter; leaving it out makes software rendering faster.
    if params.orbit != 0.0 || params.dolly != 0.0 {
        for (var step = 0; step < STEPS; step++) {
            q = origin(in.at, near(q));
        }
    }
    let uv = params.crop_min + q * params.crop_size;
    let inside = all(uv >= vec2<f32>(0.0)) && all(uv <= vec2<f32>(1.0));
    var colour = textureSampleLevel(picture, smooth_clamped, uv, 0.0).rgb;
    colour *= select(BEYOND, 1.0, inside);
    if params.linear > 0.5 {
        colour = linear_light(colour);
    }
    return vec4<f32>(colour, 1.0);
}
