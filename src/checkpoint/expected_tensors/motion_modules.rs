//! Motion modules of AnimateDiff.

use super::lister::{ExpectedTensors, Lister};
use crate::checkpoint::config::MotionConfig;

/// Every tensor of the motion modules in `MotionAdapter` and `UNetMotionModel`.
#[must_use]
pub fn motion_modules(config: &MotionConfig) -> ExpectedTensors {
    let mut out = Lister::default();
    let widths = &config.block_out_channels;
    let count = config.modules_per_level;
    for (level, &width) in widths.iter().enumerate() {
        modules(
            &mut out,
            config,
            &format!("down_blocks.{level}"),
            width,
            count,
        );
    }
    if let (true, Some(&last)) = (config.middle, widths.last()) {
        modules(&mut out, config, "mid_block", last, 1);
    }
    for (level, &width) in widths.iter().rev().enumerate() {
        modules(
            &mut out,
            config,
            &format!("up_blocks.{level}"),
            width,
            count + 1,
        );
    }
    out.list
}

/// `AnimateDiffTransformer3D`, several times.
fn modules(out: &mut Lister, config: &MotionConfig, block: &str, width: usize, count: usize) {
    for index in 0..count {
        let module = format!("{block}.motion_modules.{index}");
        out.norm(&format!("{module}.norm"), width);
        out.affine(&format!("{module}.proj_in"), &[width, width]);
        out.affine(&format!("{module}.proj_out"), &[width, width]);
        for i in 0..config.blocks_per_module {
            let block = format!("{module}.transformer_blocks.{i}");
            if config.positions_stored {
                let shape = [1, config.positions, width];
                out.add(format!("{block}.pos_embed.pe"), &shape);
            }
            out.attention(&format!("{block}.attn1"), width, width);
            out.attention(&format!("{block}.attn2"), width, width);
            out.feed_forward(&format!("{block}.ff"), width);
            for norm in 1..=3 {
                out.norm(&format!("{block}.norm{norm}"), width);
            }
        }
    }
}
