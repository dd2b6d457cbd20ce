// Moments (count, mean, sum of squares about the mean) of two disjoint sets of values, merged by Chan's formula: a mean
// far from zero does not reduce the precision.
fn merged(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
    let count = a.x + b.x;
    let share = b.x / max(count, 1.0);
    let apart = b.y - a.y;
    return vec3<f32>(count, a.y + apart * share, a.z + b.z + apart * apart * a.x * share);
}
