"""LoRA files of one case and what diffusers computes with their updates merged into the UNet.

Defines which of the files that `tests/golden/make_loras.py` writes belong together, and at which strengths they run.
diffusers has no LoRA loader for this pipeline, so the reference adds the change of every weight itself.
"""

from dataclasses import dataclass

import torch
from safetensors.torch import load_file

import reference

# Files with the same factors under different names: reading any of them must give the same bits.
SAME_FACTORS = (
    "peft",
    "peft_bare",
    "peft_model",
    "peft_model_unet",
    "diffusers",
    "diffusers_no_alpha",
    "kohya_diffusers",
    "kohya_original",
    "kohya_metadata",
    "comfy_dotted",
    "processor",
)
# The same update as a finished product, whose last bit depends on how it was multiplied.
SAME_PRODUCT = ("diff_diffusers", "diff_original")
# Other updates, each with its own merged file.
OTHERS = ("loha", "lokr", "tucker")


@dataclass
class Run:
    """One run of kinora: LoRA files and merged files with strengths; `like` names a run to equal bit for bit."""

    label: str
    files: list
    merged: list
    like: str | None = None

    def options(self):
        words = []
        for path, strength in self.files:
            words += ["--lora", f"{path}" if strength == 1.0 else f"{path}={strength:g}"]
        return words


def runs(folder):
    """The runs for the LoRA files in `folder`."""
    merged = folder / "merged.safetensors"
    present = lambda name: (folder / f"{name}.safetensors").exists() and load_file(folder / f"{name}.safetensors")
    planned = []
    for name in SAME_FACTORS + SAME_PRODUCT:
        if present(name):
            like = "peft" if name in SAME_FACTORS and name != "peft" else None
            planned.append(Run(name, [(folder / f"{name}.safetensors", 1.0)], [(merged, 1.0)], like))
    for name in OTHERS:
        if present(name):
            path = folder / f"{name}.safetensors"
            planned.append(Run(name, [(path, 1.0)], [(folder / f"{name}_merged.safetensors", 1.0)]))
    peft = folder / "peft.safetensors"
    planned.append(Run("half strength", [(peft, 0.5)], [(merged, 0.5)]))
    if present("loha"):
        loha = folder / "loha.safetensors"
        stacked = [(merged, 0.75), (folder / "loha_merged.safetensors", -1.5)]
        planned.append(Run("two stacked", [(peft, 0.75), (loha, -1.5)], stacked))
    return planned


@torch.no_grad()
def run_merged(pipe, picture, request, merged):
    """The stages of `pipe` with every (file, strength) of `merged` added to the UNet; restores its weights."""
    parameters = dict(pipe.unet.named_parameters())
    kept = {}
    for path, strength in merged:
        for name, change in load_file(path).items():
            kept.setdefault(name, parameters[name].clone())
            parameters[name].add_(change.float(), alpha=strength)
    try:
        return {name: value.numpy() for name, value in reference.run(pipe, picture, request).items()}
    finally:
        for name, value in kept.items():
            parameters[name].copy_(value)
