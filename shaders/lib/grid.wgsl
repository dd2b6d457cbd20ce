// The number of a workgroup in a grid that was folded to three dimensions (launch.rs, `fold`).
fn flat_workgroup(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return (group.z * groups.y + group.y) * groups.x + group.x;
}
