// The number of a workgroup in a grid that was folded to two rows of at most 65 535 (launch.rs, `fold`).
fn flat_workgroup(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}
