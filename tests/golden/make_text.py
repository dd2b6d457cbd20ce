#!/usr/bin/env python3
"""Writes `text/`: text towers with random weights, and prompts with their token ids.

    python tests/golden/make_text.py [OUT_FOLDER]

`text/<activation>/`: a `CLIPTextModel` as transformers saves it, weights in f16, and `io.safetensors` with `ids` [77] (as f32),
`expected.hidden_NNN` [1, 77, C] before the first layer and after each one, and `expected.last` [1, 77, C] after the last
norm; computed in f32. `text/tokens.json`: a list of `prompt`, and `ids` and `pieces` for each padding, `end` and `zero`.
The vocabulary is the one in `assets/tokenizer`.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "parity"))

import random_svd
import tokens

torch.set_num_threads(1)
TOWERS = {
    "quick_gelu": {"hidden_size": 32, "num_attention_heads": 4, "seed": 61},
    "gelu": {"hidden_size": 48, "num_attention_heads": 3, "seed": 62},
}
VOCABULARY = 700


@torch.no_grad()
def tower(folder, activation, hidden_size, num_attention_heads, seed):
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=VOCABULARY,
        hidden_size=hidden_size,
        intermediate_size=2 * hidden_size,
        num_hidden_layers=3,
        num_attention_heads=num_attention_heads,
        hidden_act=activation,
        projection_dim=hidden_size,
        bos_token_id=VOCABULARY - 2,
        eos_token_id=VOCABULARY - 1,
    )
    draw = torch.Generator("cpu").manual_seed(seed)
    model = CLIPTextModel(config).eval()
    random_svd.enliven(model, draw)
    for name, value in model.named_parameters():
        if "token_embedding" in name:
            value.mul_(20)
    random_svd.round_to_half(model)
    ids = torch.randint(0, VOCABULARY, (1, 77), generator=draw)
    out = model(ids, output_hidden_states=True)
    io = {"ids": ids[0].float(), "expected.last": out.last_hidden_state}
    io.update({f"expected.hidden_{i:03d}": state for i, state in enumerate(out.hidden_states)})
    model.half().save_pretrained(folder, safe_serialization=True)
    save_file({name: value.contiguous() for name, value in io.items()}, folder / "io.safetensors")


def golden_tokens(path):
    lines = [line for line in tokens.prompts(4600, 7) if len(line) < 120][-360:]
    lines += ["", " ", "a photo of a cat", "cat " * 90, "\u0000\u0007\u001b[0m", "\u0085a\u009f", *tokens.PIECES]
    found = {}
    with tempfile.TemporaryDirectory() as work:
        for name, pad in (("end", tokens.END), ("zero", "!")):
            folder = Path(work) / name
            tokens.rewritten(folder, pad)
            tokenizer = CLIPTokenizer.from_pretrained(folder)
            ids = tokenizer(lines, padding="max_length", max_length=77, truncation=True).input_ids
            whole = tokenizer(lines).input_ids
            # The padding follows from the name, so only the ids before it are written.
            found[name] = [(row[1 : min(len(all_), 77) - 1], len(all_) - 2) for row, all_ in zip(ids, whole)]
    rows = [
        {"prompt": line, "end": end, "zero": zero} for line, end, zero in zip(lines, found["end"], found["zero"])
    ]
    path.write_text("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")


def main():
    out = (Path(sys.argv[1]) if len(sys.argv) > 1 else HERE) / "text"
    for activation, settings in TOWERS.items():
        tower(out / activation, activation, **settings)
    golden_tokens(out / "tokens.json")


main()
