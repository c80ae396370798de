"""Converts between the training network and Hugging Face's layout (tensor names, safetensors, config.json)."""
import json
import os
import struct

import numpy as np
import torch

from model import Model, ModelConfig


def split_state(state, config):
    """Training names -> Hugging Face names. A tied head is omitted."""
    heads, kv = config.heads * config.head_size, config.kv_heads * config.head_size
    tensors = {}
    for name, value in state.items():
        if name == "lm_head.weight":
            if not config.tied:
                tensors[name] = value
        elif ".qkv." in name:
            for letter, part in zip("qkv", value.split([heads, kv, kv])):
                tensors["model." + name.replace("qkv", f"self_attn.{letter}_proj")] = part
        elif ".gate_up." in name:
            for word, part in zip(("gate", "up"), value.split([config.mlp, config.mlp])):
                tensors["model." + name.replace("gate_up", f"mlp.{word}_proj")] = part
        else:
            renamed = name.replace("o_proj", "self_attn.o_proj").replace("down_proj", "mlp.down_proj")
            tensors["model." + renamed] = value
    return tensors


def join_state(tensors, config):
    """Hugging Face names -> training names."""
    state = {}
    for name, value in tensors.items():
        short = name[len("model."):] if name.startswith("model.") else name
        if "self_attn.q_proj" in name:
            parts = [tensors[name.replace("q_proj", f"{letter}_proj")] for letter in "qkv"]
            state[short.replace("self_attn.q_proj", "qkv")] = torch.cat(parts)
        elif "mlp.gate_proj" in name:
            state[short.replace("mlp.gate_proj", "gate_up")] = torch.cat([value, tensors[name.replace("gate", "up")]])
        elif not any(part in name for part in ("k_proj", "v_proj", "up_proj")):
            state[short.replace("self_attn.", "").replace("mlp.", "")] = value
    if config.tied:
        state["lm_head.weight"] = state["embed_tokens.weight"]
    return state


def write_safetensors(path, tensors):
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        blob = tensors[name].contiguous().bfloat16().view(torch.int16).numpy().tobytes()
        header[name] = dict(dtype="BF16", shape=list(tensors[name].shape), data_offsets=[offset, offset + len(blob)])
        blobs.append(blob)
        offset += len(blob)
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with open(path + ".part", "wb") as out:
        out.write(struct.pack("<Q", len(encoded)) + encoded + b"".join(blobs))
    os.replace(path + ".part", path)
    return offset


def read_safetensors(path):
    with open(path, "rb") as source:
        size = struct.unpack("<Q", source.read(8))[0]
        header, data = json.loads(source.read(size)), source.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, last = entry["data_offsets"]
        if entry["dtype"] == "BF16":
            words = np.frombuffer(data[first:last], np.uint16).astype(np.uint32) << 16
            values = words.view(np.float32)
        else:
            values = np.frombuffer(data[first:last], np.float32).copy()
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]))
    return tensors


def hf_config(config, tokenizer):
    return dict(architectures=["DreamModel"], model_type="Dream", attention_dropout=0.0,
                bos_token_id=tokenizer.control["<|beginoftext|>"], eos_token_id=tokenizer.control["<|endoftext|>"],
                pad_token_id=tokenizer.control["<|endoftext|>"], mask_token_id=tokenizer.mask, hidden_act="silu",
                hidden_size=config.hidden, num_hidden_layers=config.layers, num_attention_heads=config.heads,
                num_key_value_heads=config.kv_heads, intermediate_size=config.mlp, vocab_size=config.vocab,
                rope_theta=config.theta, rope_scaling=None, rms_norm_eps=config.eps, sliding_window=None,
                use_sliding_window=False, max_position_embeddings=config.max_positions, initializer_range=0.02,
                max_window_layers=config.layers, tie_word_embeddings=config.tied, torch_dtype="bfloat16",
                use_cache=True)


def config_of(hf):
    return ModelConfig(vocab=hf["vocab_size"], hidden=hf["hidden_size"], layers=hf["num_hidden_layers"],
                       heads=hf["num_attention_heads"], kv_heads=hf["num_key_value_heads"],
                       mlp=hf["intermediate_size"], theta=hf["rope_theta"], eps=hf["rms_norm_eps"],
                       tied=hf["tie_word_embeddings"], max_positions=hf["max_position_embeddings"])


def load_model(folder):
    with open(os.path.join(folder, "config.json")) as source:
        config = config_of(json.load(source))
    model = Model(config)
    model.load_state_dict(join_state(read_safetensors(os.path.join(folder, "model.safetensors")), config))
    return model.eval()
