"""Reduces Inter to the characters that the window uses, and makes its digits equally wide.

egui draws a font's default digits, and Inter's are proportional, so numbers that count up would jitter. This script
therefore maps the digits to the tabular ones. Needs fontTools:

    python subset.py Inter-Regular.otf assets/fonts/Inter-Regular.otf
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

# Latin, Greek, Cyrillic, combining marks, punctuation, currencies, letter-like signs, arrows, mathematics.
RANGES = [(0x20, 0x530), (0x1E00, 0x1F00), (0x2000, 0x20D0), (0x2100, 0x2300)]
# Keyboard symbols, circles, ticks.
SIGNS = [0x2318, 0x2325, 0x21E7, 0x2303, 0x232B, 0x23CE, 0x25CF, 0x25CB, 0x2713, 0x2715]


def tabular(font):
    """The glyphs that the feature `tnum` substitutes for others."""
    table = font["GSUB"].table
    found = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for index in record.Feature.LookupListIndex:
            for part in table.LookupList.Lookup[index].SubTable:
                part = getattr(part, "ExtSubTable", part)
                found.update(getattr(part, "mapping", {}))
    return found


def main(source, target):
    font = TTFont(source)
    figures = tabular(font)
    for table in font["cmap"].tables:
        for code, glyph in list(table.cmap.items()):
            if 0x30 <= code <= 0x39 and glyph in figures:
                table.cmap[code] = figures[glyph]
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.hinting = False
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[code for low, high in RANGES for code in range(low, high)] + SIGNS)
    cut.subset(font)
    font.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
