"""Attention tables, labels, noise and loss of planned diffusion.

A span is `<async>` .. `</async>`, tags included. Positions outside spans are autoregressive: they see what is before
them, except the spans of the round that is still open. Row p of the network always predicts token p + 1.
"""
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

IGNORE = -100
BLOCKED = -1e9


@dataclass(frozen=True)
class Tags:
    span_open: int
    span_close: int
    sync: int
    end: int
    mask: int
    pad: int

    @staticmethod
    def of(tokenizer):
        return Tags(tokenizer.span_open, tokenizer.span_close, tokenizer.sync, tokenizer.end, tokenizer.mask,
                    tokenizer.pad)


def find_spans(ids, tags, block_sparse=True):
    """[(first, last)] of the spans, and the positions of `<sync/>` outside them. Dense: adjacent spans are one span."""
    spans, syncs, opened = [], [], None
    for i, token in enumerate(ids):
        if token == tags.span_open:
            opened = i
        elif token == tags.span_close and opened is not None:
            if spans and not block_sparse and spans[-1][1] == opened - 1:
                spans[-1] = (spans[-1][0], i)
            else:
                spans.append((opened, i))
            opened = None
        elif token == tags.sync and opened is None:
            syncs.append(i)
    return spans, syncs


def attention_table(length, spans, syncs):
    """table[row, column]: may the row see the column?"""
    table = np.tril(np.ones((length, length), bool))
    for first, last in spans:
        table[first:last + 1, first:last + 1] = True
        table[last + 1:, first:last + 1] = False
    for sync in syncs:
        for first, last in spans:
            if last < sync:
                table[sync:, first:last + 1] = True
    return table


def outside_spans(length, spans):
    outside = np.ones(length, bool)
    for first, last in spans:
        outside[first:last + 1] = False
    return outside


def next_token_labels(ids, spans, tags):
    """What each row predicts: outside spans the next token outside spans, inside the next one of the span."""
    ids = np.asarray(ids)
    labels = np.full(len(ids), tags.end)
    plain = np.flatnonzero(outside_spans(len(ids), spans))
    labels[plain[:-1]] = ids[plain[1:]]
    for first, last in spans:
        labels[first:last] = ids[first + 1:last + 1]
        labels[last] = tags.span_close
    return labels


def training_labels(ids, spans, tags, noised, prompt_length, keep="next"):
    """The labels; rows that are not trained have IGNORE. keep: span row p is trained if position p ("self", the
    reference implementation) or position p + 1, which it predicts ("next"), is masked."""
    labels = next_token_labels(ids, spans, tags)
    outside = outside_spans(len(ids), spans)
    labels[(labels == tags.span_open) | (labels == tags.span_close)] = IGNORE
    kept = noised if keep == "self" else np.append(noised[1:], False)
    labels[~outside & ~kept] = IGNORE
    labels[:prompt_length - 1] = IGNORE
    return labels


def noise_positions(ids, spans, tags, time, rng, mask_tags=False):
    """Positions that become `<|mask|>`: span positions, each with probability time[position]."""
    ids = np.asarray(ids)
    noised = (rng.random_sample(len(ids)) < time) & ~outside_spans(len(ids), spans)
    if not mask_tags:
        noised &= (ids != tags.span_open) & (ids != tags.span_close)
    return noised


def loss_weights(spans, time, weight="span"):
    """1 / t on all rows ("official", the reference implementation) or on span rows only ("span")."""
    inverse = 1.0 / time
    return inverse if weight == "official" else np.where(outside_spans(len(time), spans), 1.0, inverse)


def weighted_loss(row_losses, weights, trained_length):
    """Sum of the weighted cross-entropies over the number of positions behind the prompt."""
    return (row_losses * weights).sum() / trained_length


def row_losses(logits, labels):
    return F.cross_entropy(logits, labels, reduction="none", ignore_index=IGNORE)


def additive_bias(table):
    return torch.from_numpy(np.where(table, np.float32(0), np.float32(BLOCKED)))


def insert_padding(ids, amounts, tags):
    """amounts[i] `[PAD]` tokens directly before the i-th `</async>`."""
    out, span = [], 0
    for token in ids:
        if token == tags.span_close:
            out += [tags.pad] * amounts[span]
            span += 1
        out.append(token)
    return out
