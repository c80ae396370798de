"""Writes a training checkpoint as a model folder. usage: export.py CHECKPOINT.pt TOKENIZER_FOLDER OUTPUT_FOLDER"""
import json
import os
import sys

import torch

import bpe
import examples
import hf_format
from model import ModelConfig


def main():
    checkpoint_path, tokenizer_folder, out = sys.argv[1:4]
    saved = torch.load(checkpoint_path, map_location="cpu")
    config = ModelConfig(**saved["config"])
    tokenizer = bpe.Tokenizer.load(os.path.join(tokenizer_folder, "tokenizer.json"))
    tokenizer.save(out)
    tensors = hf_format.split_state(saved["model"], config)
    size = hf_format.write_safetensors(os.path.join(out, "model.safetensors"), tensors)
    hf = hf_format.hf_config(config, tokenizer)
    generation = {key: hf[key] for key in ("bos_token_id", "pad_token_id", "mask_token_id")}
    generation["eos_token_id"] = tokenizer.end
    prompts = {"planned": "planned", "autoregressive": "ar", "diffusion": "diffusion"}
    modes = {"system_prompts": {mode: examples.SYSTEM_PROMPTS[ours] for mode, ours in prompts.items()}}
    files = {"config.json": hf, "generation_config.json": generation, "planned_diffusion.json": modes}
    for name, content in files.items():
        with open(os.path.join(out, name), "w") as target:
            json.dump(content, target, indent=1)
            target.write("\n")
    print(f"{size} bytes of weights, step {saved['step']}, {saved['seconds'] / 60:.1f} minutes")


if __name__ == "__main__":
    main()
