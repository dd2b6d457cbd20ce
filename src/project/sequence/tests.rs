//! Sequences, by what they show.

use super::*;

const SIZE: (u32, u32) = (64, 40);

fn take(number: u64, frames: usize, fps: u32) -> Source {
    Source {
        take: TakeId(number),
        frames,
        rate: Rate { num: fps, den: 1 },
        size: SIZE,
    }
}

/// A sequence of whole takes with these numbers of frames, all at 7 fps; take IDs count from zero.
fn sequence(lengths: &[usize]) -> (Sequence, Vec<ClipId>) {
    let mut sequence = Sequence::default();
    let ids = lengths
        .iter()
        .enumerate()
        .map(|(number, &frames)| {
            let end = sequence.clips().len();
            sequence
                .add(take(number as u64, frames, 7), end)
                .expect("it has frames")
        })
        .collect();
    (sequence, ids)
}

/// Every frame as take.frame, followed by the one fading in with its weight in percent.
fn film(sequence: &Sequence) -> String {
    let layer = |layer: Layer| format!("{}.{}", layer.take.0, layer.frame);
    let frame = |mix: Mix| match mix.over {
        Some(over) => {
            assert!(
                (mix.under.weight + over.weight - 1.0).abs() < 1e-6,
                "weights add up"
            );
            let percent = (over.weight * 100.0).round();
            format!("{}+{}@{percent}", layer(mix.under), layer(over))
        }
        None => layer(mix.under),
    };
    let frames: Vec<_> = sequence.flatten().into_iter().map(frame).collect();
    frames.join(" ")
}

#[test]
fn clips_play_one_after_the_other() {
    let (mut sequence, ids) = sequence(&[2, 3]);
    assert_eq!(film(&sequence), "0.0 0.1 1.0 1.1 1.2");
    assert!(sequence.put(ids[1], 0));
    assert_eq!(film(&sequence), "1.0 1.1 1.2 0.0 0.1");
    assert!(!sequence.put(ids[1], 0), "the clip is already the first");
    assert!(
        sequence.put(ids[1], 9),
        "a place beyond the end counts as the end"
    );
    assert_eq!(film(&sequence), "0.0 0.1 1.0 1.1 1.2");
    assert!(sequence.remove(ids[0]));
    assert!(!sequence.remove(ids[0]), "it is gone");
    assert_eq!(film(&sequence), "1.0 1.1 1.2");
    assert_eq!(sequence.mix_at(3), None, "no frame is beyond the end");
    assert!(
        sequence.add(take(9, 0, 7), 0).is_none(),
        "a take without frames cannot be a clip"
    );
}

#[test]
fn trims_stop_at_the_take_and_leave_a_frame() {
    let (mut sequence, ids) = sequence(&[5, 2]);
    assert!(sequence.trim(ids[0], 1, 4));
    assert_eq!(film(&sequence), "0.1 0.2 0.3 1.0 1.1");
    assert!(
        sequence.trim(ids[0], 9, 4),
        "the beginning of a clip stays before its end"
    );
    assert_eq!(film(&sequence), "0.3 1.0 1.1");
    assert!(!sequence.trim(ids[0], 3, 0), "at least one frame is left");
    sequence.trim(ids[0], 1, 4);
    assert!(
        sequence.trim(ids[0], 1, 0),
        "the end of a clip stays after its beginning"
    );
    assert_eq!(film(&sequence), "0.1 1.0 1.1");
    assert!(
        sequence.trim(ids[0], 0, 99),
        "trimmed frames can be restored"
    );
    assert_eq!(film(&sequence), "0.0 0.1 0.2 0.3 0.4 1.0 1.1");
}

#[test]
fn a_cross_fade_shares_frames_and_weights_them() {
    let (mut sequence, ids) = sequence(&[4, 4]);
    assert!(sequence.fade(ids[1], 3));
    assert_eq!(
        film(&sequence),
        "0.0 0.1+1.0@25 0.2+1.1@50 0.3+1.2@75 1.3",
        "two clips of four frames that share three make five"
    );
    assert_eq!(sequence.timing().map(|timing| timing.frames), Some(5));
    assert!(sequence.fade(ids[0], 2), "the first clip accepts a fade");
    assert_eq!(
        sequence.spans()[0].fade,
        0,
        "no clip precedes it, so nothing fades"
    );
}

#[test]
fn never_more_than_two_clips_at_once() {
    let (mut sequence, ids) = sequence(&[4, 3, 4]);
    sequence.fade(ids[1], 9);
    sequence.fade(ids[2], 9);
    // Each clip keeps a frame of its own; the earlier fade takes precedence.
    let fades: Vec<_> = sequence.spans().iter().map(|span| span.fade).collect();
    assert_eq!(fades, [0, 2, 0]);
    sequence.trim(ids[1], 0, 1);
    assert_eq!(
        sequence.spans()[1].fade,
        0,
        "a clip of one frame has no frame to share"
    );
    sequence.trim(ids[1], 0, 3);
    assert_eq!(sequence.spans()[1].fade, 2, "the chosen fade is remembered");
}

#[test]
fn a_split_changes_no_picture_and_its_halves_go_their_ways() {
    let (mut sequence, ids) = sequence(&[5, 5]);
    sequence.fade(ids[1], 2);
    let before = film(&sequence);
    for nowhere in [0, 3, 4, 8] {
        assert_eq!(
            sequence.split(nowhere),
            None,
            "no split at the first frame, in a fade or at the end: {nowhere}"
        );
        assert!(!sequence.can_split(nowhere));
    }
    assert!(sequence.can_split(5));
    let second = sequence.split(6).expect("the middle of the second clip");
    assert_eq!(film(&sequence), before);
    sequence.remove(second);
    assert_eq!(film(&sequence), "0.0 0.1 0.2 0.3+1.0@33 0.4+1.1@67 1.2");
}

#[test]
fn other_rates_keep_their_time() {
    let mut sequence = Sequence::default();
    sequence.add(take(0, 2, 10), 0);
    // Ten frames at 20 fps last half a second: five frames at 10 fps.
    sequence.add(take(1, 10, 20), 1);
    // Two frames at 5 fps: four.
    let slow = sequence.add(take(2, 2, 5), 2).expect("it has frames");
    assert_eq!(
        film(&sequence),
        "0.0 0.1 1.1 1.3 1.5 1.7 1.9 2.0 2.0 2.1 2.1"
    );
    assert_eq!(sequence.fitted(), 2, "two clips are reported as fitted");
    // The first clip's rate applies to all.
    sequence.put(slow, 0);
    assert_eq!(sequence.timing().map(|timing| timing.rate.num), Some(5));
    // Never less than a frame, however short.
    let mut brief = Sequence::default();
    brief.add(take(0, 1, 1), 0);
    brief.add(take(1, 1, 1000), 1);
    assert_eq!(film(&brief), "0.0 1.0");
}

#[test]
fn an_extension_continues_where_it_was_asked_for() {
    let (mut whole, _) = sequence(&[4]);
    whole.join(take(0, 4, 7), 2, take(5, 3, 7));
    assert_eq!(
        film(&whole),
        "0.0 0.1 0.2 5.1 5.2",
        "the clip is cut, and the shared frame plays once"
    );
    let mut empty = Sequence::default();
    empty.join(take(0, 4, 7), 3, take(5, 3, 7));
    assert_eq!(film(&empty), "0.0 0.1 0.2 0.3 5.1 5.2");
    empty.join(take(5, 3, 7), 2, take(6, 1, 7));
    assert_eq!(
        film(&empty),
        "0.0 0.1 0.2 0.3 5.1 5.2 6.0",
        "the new take has only one frame"
    );
}

#[test]
fn a_damaged_file_shows_something_and_breaks_nothing() {
    let text = r#"{"clips": [
        {"id": 0, "source": {"take": 1, "frames": 0, "rate": "7", "size": [8, 8]}, "from": 0, "to": 0, "fade": 3},
        {"id": 1, "source": {"take": 1, "frames": 4, "rate": "7", "size": [8, 8]}, "from": 9, "to": 2, "fade": 9},
        {"id": 1, "source": {"take": 1, "frames": 4, "rate": "7", "size": [8, 8]}, "from": 1, "to": 3, "fade": 9}
    ]}"#;
    let sequence: Sequence = serde_json::from_str(text).expect("it is well formed");
    assert_eq!(film(&sequence), "1.3 1.1 1.2");
    let [first, second] = sequence.clips() else {
        panic!("an empty clip is dropped: {sequence:?}");
    };
    assert_ne!(first.id, second.id, "IDs are unique again");
    let again = serde_json::to_string(&sequence).expect("plain values");
    assert_eq!(
        serde_json::from_str::<Sequence>(&again).expect("its own output"),
        sequence
    );
}

/// All of its frames are listed when it is exported.
#[test]
fn a_file_cannot_make_a_sequence_of_years() {
    let text = r#"{"clips": [
        {"id": 0, "source": {"take": 1, "frames": 18446744073709551615, "rate": "7", "size": [8, 8]}, "from": 0, "to": 9, "fade": 0},
        {"id": 1, "source": {"take": 1, "frames": 4, "rate": "1000", "size": [8, 8]}, "from": 0, "to": 2, "fade": 0},
        {"id": 2, "source": {"take": 2, "frames": 90000, "rate": "1/1000", "size": [8, 8]}, "from": 0, "to": 90000, "fade": 0},
        {"id": 3, "source": {"take": 3, "frames": 4, "rate": "1000", "size": [8, 0]}, "from": 0, "to": 4, "fade": 0},
        {"id": 4, "source": {"take": 4, "frames": 4, "rate": "1000", "size": [8, 8]}, "from": 3, "to": 4, "fade": 0}
    ]}"#;
    let sequence: Sequence = serde_json::from_str(text).expect("it is well formed");
    assert_eq!(film(&sequence), "1.0 1.1 4.3");
}

#[test]
fn a_film_has_the_size_of_its_first_clip_or_a_chosen_one() {
    let (mut sequence, ids) = sequence(&[2, 3]);
    assert_eq!((sequence.size(), sequence.fitted()), (Some(SIZE), 0));
    sequence.resize(Some((1080, 1920)));
    assert_eq!(sequence.size(), Some((1080, 1920)));
    assert_eq!(sequence.fitted(), 2);
    for odd in [(0, 10), (641, 480), (2, MAX_SIDE + 2)] {
        sequence.resize(Some(odd));
        assert_eq!(
            sequence.size(),
            Some((1080, 1920)),
            "{odd:?} is not a size for a film"
        );
    }
    assert!(sequence.set_fit(ids[1], ClipFit::Fit));
    assert!(!sequence.set_fit(ids[1], ClipFit::Fit));
    let fits: Vec<ClipFit> = sequence.flatten().iter().map(|mix| mix.under.fit).collect();
    let (fill, fit) = (ClipFit::Fill, ClipFit::Fit);
    assert_eq!(fits, [fill, fill, fit, fit, fit]);
    // Both halves of a clip keep it.
    let half = sequence
        .split(3)
        .expect("frame 3 is inside the second clip");
    assert_eq!(sequence.clip(half).map(|(_, clip)| clip.fit), Some(fit));
    let text = serde_json::to_string(&sequence).expect("the sequence can be written");
    let again: Sequence = serde_json::from_str(&text).expect("the sequence can be read");
    assert_eq!(again.size(), Some((1080, 1920)));
    assert_eq!(again.clips()[1].fit, fit);
    // Projects of earlier versions have neither.
    let old = text
        .replace(",\"fit\":\"fit\"", "")
        .replace(",\"size\":[1080,1920]}", "}");
    let old: Sequence = serde_json::from_str(&old).expect("an earlier sequence can be read");
    assert_eq!((old.size(), old.clips()[1].fit), (Some(SIZE), fill));
}
