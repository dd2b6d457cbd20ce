#!/usr/bin/env python3
"""Compares Kinora's token ids with those of transformers' CLIPTokenizer, on generated prompts.

    python tokens.py --kinora target/release/kinora [--lines 20000] [--seed 1]

The vocabulary is the one in `assets/tokenizer`. Prompts are drawn from all planes of Unicode: letters, digits, emoji,
combining marks, CJK, white space of every kind, punctuation, apostrophes, special tokens spelled out, long words, more
than 77 tokens, nothing at all. They run through folders with the files that published models have and those that
transformers 5 writes, with both paddings. Prints one line for each folder; exits with 0 only if all ids are equal.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MERGES = ROOT / "assets" / "tokenizer" / "merges.txt"
START, END = "<|startoftext|>", "<|endoftext|>"


def vocabulary():
    """Tokens with their ids, and merges, from the merges alone."""
    own = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in own]
    characters = [chr(byte) for byte in own] + [chr(256 + i) for i in range(len(others))]
    merges = [tuple(line.split(" ")) for line in MERGES.read_text(encoding="utf-8").splitlines()]
    tokens = characters + [c + "</w>" for c in characters] + ["".join(pair) for pair in merges] + [START, END]
    return {token: i for i, token in enumerate(tokens)}, merges


def published(folder, pad):
    """The files of published models, as transformers 4 wrote them."""
    tokens, merges = vocabulary()
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(tokens), encoding="utf-8")
    lines = "".join(f"{a} {b}\n" for a, b in merges)
    (folder / "merges.txt").write_text("#version: 0.2\n" + lines, encoding="utf-8")

    def special(content):
        return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}

    named = {"bos_token": special(START), "eos_token": special(END), "unk_token": special(END), "pad_token": pad}
    (folder / "special_tokens_map.json").write_text(json.dumps(named))
    config = {**named, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer", "do_lower_case": True}
    for name in ("bos_token", "eos_token", "unk_token"):
        config[name] = {"__type": "AddedToken", **config[name]}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def bare(folder, pad):
    """Only the vocabulary and the merges."""
    published(folder, pad)
    (folder / "special_tokens_map.json").unlink()
    (folder / "tokenizer_config.json").unlink()


def rewritten(folder, pad):
    """As transformers 5 writes it: one tokenizer.json."""
    from transformers import CLIPTokenizer

    tokens, merges = vocabulary()
    CLIPTokenizer(vocab=tokens, merges=merges, pad_token=pad, model_max_length=77).save_pretrained(folder)


def decoded(folder, pad):
    """With the list of added tokens that transformers 4.34 and later wrote."""
    published(folder, pad)
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text())
    flags = {"lstrip": False, "rstrip": False, "single_word": False, "special": True}
    ids = {"49406": (START, True), "49407": (END, True)}
    ids.update({"0": ("!", False)} if pad == "!" else {})
    config["added_tokens_decoder"] = {
        i: {"content": content, "normalized": normalized, **flags} for i, (content, normalized) in ids.items()
    }
    path.write_text(json.dumps(config))


FOLDERS = {
    "published, end": (published, END),
    "published, !": (published, "!"),
    "decoder, end": (decoded, END),
    "decoder, !": (decoded, "!"),
    "transformers 5, end": (rewritten, END),
    "transformers 5, !": (rewritten, "!"),
    "bare": (bare, END),
}

WORDS = "a photo of the cat's dog We'll they've I'm it'd don't cat, masterpiece (best:1.2) 8k -- naïve Ünïcödé".split()
PIECES = ["!", "!!", "'s", "'", "''ll", "'RE", "ß", "İ", "Σς", "ﬁ", "e\u0301", "\u0301", "ñ", "\u200d", "👩‍👩‍👧", "🇩🇪", "☃️"]
PIECES += [START, END, END.upper(), "<|", "|>", "<|endoftext|", "</w>", "\u00a0", "\u2003", "\u3000", "\t", "\n", "…", "—"]
PIECES += ["東京", "こんにちは", "한국어", "ก็", "हिन्दी", "שָׁלוֹם", "العربية", "½", "Ⅷ", "٣", "𝔸", "𝟘", "\ufeff", "\u0130\u0307"]


def allowed(character):
    """Excludes control characters other than white space, which Kinora refuses, and surrogates, which are not text."""
    return character in "\t\n\v\f\r\x85" or unicodedata.category(character) not in ("Cc", "Cs")


def prompts(count, seed):
    rng = random.Random(seed)
    lines = ["", " ", "a photo of a cat", "cat " * 200, "q" * 5000, "!" * 300, "\u0301" * 100, "1234567890" * 20]
    # A seventh of all code points, forty consecutive ones per line, with and without spaces between them.
    every = [chr(i) for i in range(0x110000) if allowed(chr(i))]
    lines += [(" " if i % 3 == 0 else "").join(every[i : i + 40]) for i in range(0, len(every), 40 * 7)]
    while len(lines) < count:
        parts = []
        for _ in range(rng.choice([1, 2, 4, 8, 16, 90])):
            kind = rng.random()
            if kind < 0.35:
                parts.append(rng.choice(WORDS))
            elif kind < 0.6:
                parts.append(rng.choice(PIECES))
            elif kind < 0.75:
                parts.append("".join(rng.choice(every) for _ in range(rng.randint(1, 5))))
            elif kind < 0.85:
                low, high = rng.choice([(0x21, 0x17F), (0x300, 0x36F), (0x1F300, 0x1FAFF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3)])
                drawn = [chr(rng.randint(low, high)) for _ in range(rng.randint(1, 8))]
                parts.append("".join(c for c in drawn if allowed(c)))
            else:
                parts.append("".join(rng.choice("abcdefghijklmnopqrstuvwxyz'0123456789") for _ in range(rng.randint(1, 30))))
        lines.append(rng.choice(["", " ", " ", "  "]).join(parts))
    return [line for line in lines if len(line.encode()) <= 10_000]


def kinora_ids(binary, model, path):
    done = subprocess.run(
        [*binary, "inspect", "--tokens", str(path), "--model", str(model), "--json"], capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(f"kinora left with {done.returncode}: {done.stderr.strip().splitlines()[-1]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(binary, lines, folder):
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    path = folder / "prompts.json"
    path.write_text(json.dumps(lines))
    found = kinora_ids(binary, folder, path)
    expected = tokenizer(lines, padding="max_length", max_length=77, truncation=True).input_ids
    whole = [len(ids) - 2 for ids in tokenizer(lines).input_ids]
    assert len(found) == len(lines)
    wrong = []
    for line, ours, ids, pieces in zip(lines, found, expected, whole):
        if ours["ids"] != ids or ours["pieces"] != pieces:
            wrong.append((line, ours, ids, pieces))
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinora", required=True, nargs="+", help="the binary (or a command, word by word)")
    parser.add_argument("--lines", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines = prompts(options.lines, options.seed)
    passed = True
    with tempfile.TemporaryDirectory() as work:
        for number, (name, (make, pad)) in enumerate(FOLDERS.items()):
            folder = Path(work) / f"model {number}"
            make(folder / "tokenizer", pad)
            wrong = compare(options.kinora, lines, folder)
            print(f"{'ok  ' if not wrong else 'FAIL'} {name}: {len(lines) - len(wrong)} of {len(lines)} lines equal", flush=True)
            for line, ours, ids, pieces in wrong[:3]:
                print(f"     {line[:60]!r}\n     found    {ours['ids'][:20]} {ours['pieces']}\n     expected {ids[:20]} {pieces}")
            passed &= not wrong
    print("PASS" if passed else "FAIL")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
