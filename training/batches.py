"""Batches of similar length, noised, with their labels, weights and attention bias."""
import random
from dataclasses import dataclass

import numpy as np
import torch

import examples
import masking
import questions

POOL = 480
END_FILL_WEIGHT = 0.1


@dataclass
class NoiseOptions:
    keep: str = "next"
    weight: str = "span"
    mask_tags: bool = False
    block_sparse: bool = True
    time_min: float = 0.1
    time_power: float = 0.5
    times: str = "round"
    plan_weight: float = 1.0


@dataclass
class Batch:
    ids: torch.Tensor
    bias: torch.Tensor
    rows: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    plain: torch.Tensor
    trained_length: int

    @property
    def positions(self):
        return self.ids.numel()


class BatchMaker:
    """The shares `simple` and `easy` (see questions.sample) can change between batches."""

    def __init__(self, tokenizer, seed, positions, mode_weights, options, padding="exact", alter=0.5):
        self.tokenizer, self.tags, self.options = tokenizer, masking.Tags.of(tokenizer), options
        self.rng, self.noise = random.Random(seed), np.random.RandomState(seed)
        self.positions, self.mode_weights, self.alter = positions, mode_weights, alter
        self.simple, self.easy = 0.0, 0.0
        self.padding = examples.exact_padding if padding == "exact" else examples.random_padding

    def pool(self):
        modes = self.rng.choices(examples.MODES, self.mode_weights, k=POOL)
        drawn = [questions.sample(self.rng, alter=self.alter, simple=self.simple, easy=self.easy) for _ in modes]
        return [examples.to_sequence(self.tokenizer, example, mode, self.rng, self.padding)
                for example, mode in zip(drawn, modes)]

    def __iter__(self):
        while True:
            sequences = sorted(self.pool(), key=lambda s: len(s.ids) + self.rng.random())
            groups, current = [], []
            for sequence in sequences:
                if current and len(sequence.ids) * (len(current) + 1) > self.positions:
                    groups.append(current)
                    current = []
                current.append(sequence)
            if len(current) > 1:
                groups.append(current)
            self.rng.shuffle(groups)
            yield from map(self.collate, groups)

    def times(self, spans, length, base):
        """The noise level of each position: one per example, or one per round. In half of the examples with rounds of
        their own the earlier rounds are almost finished, as the last round finds them in decoding."""
        low = self.options.time_min
        time = np.full(length, low + (1 - low) * base)
        rounds, previous = [], None
        for first, last in spans:
            if previous is None or first != previous + 1:
                rounds.append([])
            rounds[-1].append((first, last))
            previous = last
        if self.options.times == "round" and len(rounds) > 1:
            earlier = low + (0.25 if self.noise.rand() < 0.5 else 1 - low) * self.noise.rand()
            for span_list in rounds[:-1]:
                for first, last in span_list:
                    time[first:last + 1] = earlier
        return time

    def planned(self, sequence, base):
        options, ids, tags = self.options, sequence.ids, self.tags
        spans, syncs = masking.find_spans(ids, tags, options.block_sparse)
        time = self.times(spans, len(ids), base)
        noised = masking.noise_positions(ids, spans, tags, time, self.noise, options.mask_tags)
        noised[:sequence.prompt_length - 1] = False
        labels = masking.training_labels(ids, spans, tags, noised, sequence.prompt_length, options.keep)
        weights = masking.loss_weights(spans, time, options.weight)
        if sequence.mode == "planned":
            weights[masking.outside_spans(len(ids), spans)] *= options.plan_weight
        table, plain = masking.attention_table(len(ids), spans, syncs), masking.outside_spans(len(ids), spans)
        return table, noised, labels, weights, plain

    def diffusion(self, sequence, base):
        """Everything behind the prompt is masked at random; each row sees the whole sequence."""
        ids, start = sequence.ids, sequence.prompt_length
        time = self.options.time_min + (1 - self.options.time_min) * base
        noised = (self.noise.random_sample(len(ids)) < time) & (np.arange(len(ids)) >= start)
        labels = np.append(np.where(noised[1:], ids[1:], masking.IGNORE), masking.IGNORE)
        weights = np.full(len(ids), 1 / time)
        fill = np.flatnonzero((ids[1:] == self.tokenizer.end) & (ids[:-1] == self.tokenizer.end))
        weights[fill[fill >= start]] *= END_FILL_WEIGHT
        return np.ones((len(ids), len(ids)), bool), noised, labels, weights, np.zeros(len(ids), bool)

    def collate(self, sequences):
        count, longest = len(sequences), max(len(s.ids) for s in sequences)
        ids = np.full((count, longest), self.tokenizer.pad)
        labels, plain = np.full((count, longest), masking.IGNORE), np.zeros((count, longest), bool)
        weights, tables = np.zeros((count, longest), np.float32), np.zeros((count, longest, longest), bool)
        tables[:, np.arange(longest), np.arange(longest)] = True
        bases = ((self.noise.rand() + self.noise.permutation(count) / count) % 1) ** self.options.time_power
        for b, sequence in enumerate(sequences):
            n = len(sequence.ids)
            build = self.diffusion if sequence.mode == "diffusion" else self.planned
            tables[b, :n, :n], noised, labels[b, :n], weights[b, :n], plain[b, :n] = build(sequence, bases[b])
            ids[b, :n] = np.where(noised, self.tokenizer.mask, sequence.ids)
        rows = np.flatnonzero(labels.ravel() != masking.IGNORE)
        trained_length = sum(len(s.ids) - s.prompt_length + 1 for s in sequences)
        return Batch(torch.from_numpy(ids), masking.additive_bias(tables), torch.from_numpy(rows),
                     torch.from_numpy(labels.ravel()[rows]), torch.from_numpy(weights.ravel()[rows]),
                     torch.from_numpy(plain.ravel()[rows]), trained_length)
