//! Recipes: the JSON in a take, from which it is made again.

use std::path::Path;

use kinora::media::rate::Rate;
use kinora::request::{Defaults, GenerateRequest, Recipe, Rules};
use kinora::sampler::{Guidance, GuidanceShape};
use serde_json::json;

use super::{Dice, Target, json, refused};

pub(super) const TARGET: Target = Target {
    name: "recipe",
    seeds,
    change,
    check,
};

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let recipe = |fit: serde_json::Value| {
        json!({
            "kinora": "0.1.0",
            "model": "pocket",
            "picture": "/pictures/bridge.jpg",
            "fit": fit,
            "matte": [0, 0, 0],
            "loras": [{ "name": "pan-left", "strength": 0.8 }],
            "request": {
                "width": 256, "height": 144, "frames": 14, "steps": 6, "fps": "7", "fps_id": 6.0,
                "motion_bucket": 40.0, "noise_aug": 0.02,
                "guidance": { "min": 1.0, "max": 1.0, "shape": "linear" },
                "sampler": "euler", "sigmas": "karras", "seed": 7, "decode_chunk": 14,
            },
            "device": "CPU, f32",
        })
    };
    let guided = |recipe: &[u8]| {
        let mut recipe: serde_json::Value = serde_json::from_slice(recipe).expect("as written");
        recipe["recipe"] = 3.into();
        recipe["request"]["steer"] = "guide".into();
        let mask = json!({ "name": "cut.png", "fingerprint": "0123456789abcdef" });
        let track = json!([{ "t": 0 }, { "t": 1, "x": 0.2, "ease": "ease-in-out" }]);
        recipe["request"]["guide"] = json!({
            "motion": {
                "camera": [{ "name": "pan-left", "strength": 0.8, "path": track }],
                "cut_outs": [
                    { "outline": { "polygon": [[0.1, 0.1], [0.4, 0.1], [0.1, 0.5]] }, "track": track },
                    { "outline": { "mask": mask }, "track": track },
                ],
                "lock": mask, "brush": mask, "near": mask,
            },
            "levels": { "weak": 100.0, "camera": 15.0, "still": 4.0, "cut_out": 31.0 },
        });
        recipe.to_string().into_bytes()
    };
    let window = json!({ "window": { "x": 12, "y": 0, "width": 320, "height": 180 } });
    let mut seeds: Vec<Vec<u8>> = [json!("crop"), window]
        .map(|fit| recipe(fit).to_string().into_bytes())
        .into();
    let guided = guided(&seeds[0]);
    let mut painted: serde_json::Value = serde_json::from_slice(&guided).expect("as written");
    painted["recipe"] = 4.into();
    painted["request"]["guide"]["motion"]["lock"] = json!({
        "all": true,
        "strokes": [{ "points": [[0.25, 0.5], [0.75, 0.5]], "radius": 0.125, "erases": true }],
    });
    seeds.push(guided);
    seeds.push(painted.to_string().into_bytes());
    seeds
}

fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    json::change(data, dice);
}

fn check(data: &[u8], _folder: &Path) -> bool {
    let Ok(recipe) = serde_json::from_slice::<Recipe>(data) else {
        return false;
    };
    let written = serde_json::to_string(&recipe).expect("a plain struct");
    // Paths in older recipes are read but never written, so the written forms are compared.
    let again: Result<Recipe, _> = serde_json::from_str(&written);
    let again = again.map(|again| serde_json::to_string(&again).expect("a plain struct"));
    assert_eq!(again.ok(), Some(written), "written and read again");
    // The same check with a model whose defaults are quite different.
    let defaults = Defaults {
        width: 1024,
        height: 576,
        frames: 25,
        steps: 25,
        fps: Rate { num: 24, den: 1 },
        motion_bucket: 127.0,
        noise_aug: 0.0,
        guidance: Guidance {
            min: 2.0,
            max: 3.0,
            shape: GuidanceShape::Triangle,
        },
        sampler: Default::default(),
        rules: Rules::any(8),
    };
    match GenerateRequest::complete(&recipe.request.draft(), &defaults, 99) {
        Ok(request) => {
            assert_eq!(request, recipe.request, "a recipe says everything");
            let (width, height) = (request.width as u32, request.height as u32);
            for picture in [(1, 1), (16_384, 1), (300, 200)] {
                let (corner, size) = recipe.fit.frame_in(picture, (width, height));
                assert!(
                    corner.iter().chain(&size).all(|side| side.is_finite()),
                    "{:?} in {picture:?}: {corner:?} {size:?}",
                    recipe.fit
                );
            }
            true
        }
        Err(error) => refused(&error),
    }
}
