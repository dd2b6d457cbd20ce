//! The cost of blocks that several networks use.

use super::ledger::Ledger;

/// `ResnetBlock2d::forward` of one input, or of an input and a skip that are concatenated over channels. `parts` gives
/// the channels of each and whether the block is its last user.
pub(in crate::model) fn resnet(
    ledger: &mut Ledger<'_>,
    parts: &[(usize, bool)],
    outputs: usize,
    pixels: usize,
) {
    let inputs: usize = parts.iter().map(|(channels, _)| channels).sum();
    let (input, output) = (inputs * pixels, outputs * pixels);
    let joined = parts.len() > 1 && !ledger.fused();
    let use_up = |ledger: &mut Ledger<'_>| {
        for &(channels, owned) in parts {
            if owned {
                ledger.free(channels * pixels);
            }
        }
    };
    if joined {
        ledger.make(input);
    }
    ledger.norm_beside(input);
    if joined {
        ledger.free(input);
    }
    ledger.conv(inputs, outputs, pixels, 9);
    ledger.normed_used(input);
    let shortcut = inputs != outputs;
    if shortcut {
        if joined {
            ledger.make(input);
        }
        ledger.conv(inputs, outputs, pixels, 1);
        if joined {
            ledger.free(input);
        }
        use_up(ledger);
    }
    ledger.norm(output);
    if shortcut || parts.iter().all(|&(_, owned)| owned) {
        ledger.conv_onto(outputs, outputs, pixels, 9);
        ledger.free(output);
    } else {
        ledger.conv(outputs, outputs, pixels, 9);
        ledger.free(output);
        use_up(ledger);
    }
}

/// `SpatioTemporalResBlock::forward`, as [`resnet`].
pub(in crate::model) fn spatio_temporal(
    ledger: &mut Ledger<'_>,
    parts: &[(usize, bool)],
    outputs: usize,
    pixels: usize,
) {
    let output = outputs * pixels;
    resnet(ledger, parts, outputs, pixels);
    ledger.norm_beside(output);
    ledger.conv(outputs, outputs, pixels, 3);
    ledger.normed_used(output);
    ledger.norm(output);
    if ledger.fused() {
        ledger.conv_onto(outputs, outputs, pixels, 3);
        ledger.free(output);
    } else {
        ledger.conv(outputs, outputs, pixels, 3);
        ledger.free(output);
        // The blend of the spatial and the temporal result.
        ledger.make(output);
        ledger.free(output);
        ledger.free(output);
    }
}

/// Upsampling before a convolution, if the backend allocates a tensor for it.
pub(in crate::model) fn enlarge(ledger: &mut Ledger<'_>, before: usize, large: usize) {
    if !ledger.fused() {
        ledger.make(large);
        ledger.free(before);
    }
}
