// What one invocation reads at once: a single element. For tensors whose row length is not a multiple of four.
const LANES: u32 = 1u;
alias Lane = Elem;
alias Wide = f32;
fn total(x: Wide) -> f32 {
    return x;
}
