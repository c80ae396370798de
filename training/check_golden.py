"""Runs the training code on the reference data; exit status 1 on a mismatch.
usage: check_golden.py GOLDEN_DIRECTORY
"""
import glob
import json
import os
import sys

import numpy as np
import torch

import hf_format
import masking

TOLERANCE = 2e-3


def close(actual, expected):
    """Within the tolerance. NaN and infinity on either side are never close."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if actual.shape != expected.shape or not (np.isfinite(actual).all() and np.isfinite(expected).all()):
        return False
    return bool((np.abs(actual - expected) <= TOLERANCE * np.maximum(1, np.abs(expected))).all())


def read_tags(root):
    with open(os.path.join(root, "control_tags.json")) as source:
        ids = json.load(source)
    return masking.Tags(ids["async_start"], ids["async_end"], ids["sync"], ids["end"], ids["mask"], ids["pad"])


def padding_problems(golden, tags):
    for case in golden["cases"]:
        spans = case["ids"].count(tags.span_close)
        if masking.insert_padding(case["ids"], [case["padding"]] * spans, tags) != case["out"]:
            yield "padding"


def example_losses(golden, labels, table, root):
    model = hf_format.load_model(os.path.join(root, "models", golden["model"]))
    with torch.no_grad():
        logits = model(torch.tensor([golden["noised_ids"]]), masking.additive_bias(table)[None])[0]
        return masking.row_losses(logits, torch.from_numpy(labels))


def example_problems(golden, tags, root):
    ids, noised_ids = np.array(golden["ids"]), np.array(golden["noised_ids"])
    spans, syncs = masking.find_spans(golden["ids"], tags, golden["block_sparse"])
    table = masking.attention_table(len(ids), spans, syncs)
    expected_table = np.zeros_like(table)
    for row, ranges in enumerate(golden["attention_rows"]):
        for first, last in ranges:
            expected_table[row, first:last] = True
    if not (table == expected_table).all():
        yield "attention table"
    if masking.next_token_labels(ids, spans, tags).tolist() != golden["raw_labels"]:
        yield "raw labels"
    if masking.outside_spans(len(ids), spans).astype(int).tolist() != golden["autoregressive_mask"]:
        yield "autoregressive mask"
    time = np.float32(0.999) * np.float32(golden["t_raw"]) + np.float32(0.001)
    if not close(time, golden["t"]):
        yield "t"
    noised = noised_ids == tags.mask
    labels = masking.training_labels(ids, spans, tags, noised, golden["prompt_length"], keep="self")
    if labels.tolist() != golden["final_labels"]:
        yield "final labels"
    losses = example_losses(golden, labels, table, root)
    if not close(losses.numpy(), golden["token_loss"]):
        yield "token losses"
    trained_length = len(ids) - golden["num_prompt_tokens"]
    weights = torch.from_numpy(masking.loss_weights(spans, np.full(len(ids), float(time)), "official"))
    if not close(masking.weighted_loss(losses, weights, trained_length).item(), golden["loss"]):
        yield "loss"


def main():
    if len(sys.argv) != 2:
        raise SystemExit("usage: check_golden.py GOLDEN_DIRECTORY")
    root, failures = sys.argv[1], 0
    tags = read_tags(root)
    paths = sorted(glob.glob(os.path.join(root, "train", "*.json")))
    for path in paths:
        with open(path) as source:
            golden = json.load(source)
        padding = golden["kind"] == "train_pad_const"
        problems = list(padding_problems(golden, tags) if padding else example_problems(golden, tags, root))
        print(f"{os.path.basename(path)}: {'differs: ' + ', '.join(problems) if problems else 'ok'}")
        failures += bool(problems)
    print(f"{len(paths)} files, {failures} failures")
    raise SystemExit(1 if failures or not paths else 0)


if __name__ == "__main__":
    main()
