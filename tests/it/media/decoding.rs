//! Every layout, depth, orientation and colour space gives Pillow's pixels (JPEG to the bit).

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgba32FImage};
use kinora::media::picture::Picture;
use safetensors::SafeTensors;

use super::{MATTE, expected_bytes, golden};

#[test]
fn every_layout_gives_pillows_pixels() {
    let bytes = expected_bytes();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut checked = 0;
    for (name, view) in tensors.tensors() {
        if !name.contains('.') {
            continue;
        }
        let picture = Picture::open(&golden("media").join(&name), MATTE).unwrap();
        let shape = [picture.height as usize, picture.width as usize, 3];
        assert_eq!(shape, view.shape(), "{name}");
        let differing = picture
            .rgb
            .iter()
            .zip(view.data())
            .filter(|(ours, theirs)| ours != theirs);
        assert_eq!(differing.count(), 0, "{name}");
        checked += 1;
    }
    assert_eq!(checked, 38, "a fixture is missing");
}

#[test]
fn open_exr_colours_are_taken_as_multiplied_by_alpha() {
    // White at half coverage, stored premultiplied; a colour above white; full transparency; NaN.
    let pixels = vec![
        0.5,
        0.5,
        0.5,
        0.5,
        4.0,
        0.25,
        0.0,
        1.0,
        0.0,
        0.0,
        0.0,
        0.0,
        f32::NAN,
        1.0,
        0.0,
        1.0,
    ];
    let image = DynamicImage::ImageRgba32F(Rgba32FImage::from_raw(4, 1, pixels).unwrap());
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::OpenExr).unwrap();
    let picture = Picture::decode(file.get_ref(), [0, 0, 0]).unwrap();
    // sRGB(0.25) is 136.96 of 255.
    assert_eq!(
        picture.rgb,
        [128, 128, 128, 255, 137, 0, 0, 0, 0, 0, 255, 0]
    );
}
