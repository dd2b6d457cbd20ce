//! Lines with fewer points (Douglas and Peucker, 1973): those that the rest comes close to are left out.

/// A line of points without those that the rest comes closer to than `tolerance`.
pub(super) fn line(points: &[[f32; 2]], tolerance: f32) -> Vec<[f32; 2]> {
    reduced(
        points,
        |from, to, point| distance(*from, *to, *point),
        tolerance,
    )
}

/// A closed line without the points that the rest comes closer to than `tolerance`.
pub(super) fn closed(points: &[[f32; 2]], tolerance: f32) -> Vec<[f32; 2]> {
    let Some(first) = points.first() else {
        return Vec::new();
    };
    let far = |point: &[f32; 2]| (point[0] - first[0]).hypot(point[1] - first[1]);
    let opposite = points
        .iter()
        .enumerate()
        .max_by(|a, b| far(a.1).total_cmp(&far(b.1)));
    let Some((opposite, _)) = opposite.filter(|(index, _)| *index > 0) else {
        return vec![*first];
    };
    let mut corners = line(&points[..=opposite], tolerance);
    corners.pop();
    let mut back = points[opposite..].to_vec();
    back.push(*first);
    corners.extend(line(&back, tolerance));
    corners.pop();
    corners
}

/// The first and last of a run, and those in between that are further than `tolerance` from what replaces them;
/// `distance` is that of the third from the run between the other two.
pub(super) fn reduced<T: Copy>(
    run: &[T],
    distance: impl Fn(&T, &T, &T) -> f32,
    tolerance: f32,
) -> Vec<T> {
    let Some(last) = run.len().checked_sub(1) else {
        return Vec::new();
    };
    let mut kept = vec![false; run.len()];
    (kept[0], kept[last]) = (true, true);
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let worst = (from + 1..to)
            .map(|index| (index, distance(&run[from], &run[to], &run[index])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((index, far)) = worst
            && far > tolerance
        {
            kept[index] = true;
            open.extend([(from, index), (index, to)]);
        }
    }
    let flagged = run.iter().zip(kept);
    flagged
        .filter_map(|(one, kept)| kept.then_some(*one))
        .collect()
}

/// The distance of a point from the line through two others, or from both if they are one.
fn distance(from: [f32; 2], to: [f32; 2], point: [f32; 2]) -> f32 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let away = [point[0] - from[0], point[1] - from[1]];
    let length = along[0].hypot(along[1]);
    if length > 0.0 {
        // Beyond the ends, the line turned back, and the end itself is the nearest point.
        let part = (away[0] * along[0] + away[1] * along[1]) / (length * length);
        let part = part.clamp(0.0, 1.0);
        (away[0] - part * along[0]).hypot(away[1] - part * along[1])
    } else {
        away[0].hypot(away[1])
    }
}
