// Large areas of the window: one colour, or one picture.
// Drawn as a strip of two triangles that fills the viewport; all else comes with the instance.

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
    @location(1) @interpolate(flat) colour: vec4<f32>,
}

@vertex
fn corner(
    @builtin(vertex_index) index: u32,
    @location(0) uv: vec4<f32>,
    @location(1) colour: vec4<f32>,
) -> Corner {
    let part = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    let position = vec4<f32>(2.0 * part.x - 1.0, 1.0 - 2.0 * part.y, 0.0, 1.0);
    return Corner(position, mix(uv.xy, uv.zw, part), colour);
}

@fragment
fn plain(in: Corner) -> @location(0) vec4<f32> {
    return in.colour;
}

@group(0) @binding(0) var pixels: texture_2d<f32>;
@group(0) @binding(1) var between: sampler;

@fragment
fn picture(in: Corner) -> @location(0) vec4<f32> {
    return textureSampleLevel(pixels, between, in.uv, 0.0);
}
