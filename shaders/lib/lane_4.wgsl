// What one invocation reads at once: four adjacent elements, in one load.
const LANES: u32 = 4u;
alias Lane = vec4<Elem>;
alias Wide = vec4<f32>;
fn total(x: Wide) -> f32 {
    return x.x + x.y + x.z + x.w;
}
