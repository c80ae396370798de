"""Greedy decoding in the three modes. The key/value cache follows the reference implementation: a finished span keeps
the keys and values of its last step, in which its last tokens were still masked."""
import re
from dataclasses import dataclass, field

import numpy as np
import torch

import examples
from masking import BLOCKED

MAX_ROUNDS, MAX_PLAN, MAX_ANSWER, MAX_SPAN_POSITIONS = 4, 100, 400, 500
EPSILON = 0.001


@dataclass
class Result:
    ids: list
    valid: bool
    plans: list = field(default_factory=list)
    plain_passes: int = 0
    span_passes: int = 0

    @property
    def passes(self):
        return self.plain_passes + self.span_passes


def parse_plan(tokenizer, ids):
    """[(topic, size)] of a plan, or None if a promise has no number."""
    plan, at = [], 0
    while tokenizer.promise_open in ids[at:]:
        first = ids.index(tokenizer.promise_open, at)
        if tokenizer.promise_close not in ids[first:]:
            break
        last = ids.index(tokenizer.promise_close, first)
        content = ids[first + 1:last]
        digits = [i for i, token in enumerate(content) if 15 <= token <= 24]
        if not digits:
            return None
        number = content[digits[0]] - 15
        if digits[0] + 1 < len(content) and 15 <= content[digits[0] + 1] <= 24:
            number = number * 10 + content[digits[0] + 1] - 15
        plan.append((tokenizer.decode(content[:digits[0]]).strip(), number * examples.SPAN_UNIT))
        at = last + 1
    return plan


def reveal_ratios(steps):
    """Share of the remaining masks that each step reveals."""
    times = np.linspace(1, EPSILON, steps + 1).astype(np.float32)
    ratios = 1 - times[1:] / times[:-1]
    ratios[-1] = 1
    return ratios


def candidates(logits):
    """Best token and negative entropy of each row."""
    log_probabilities = torch.log_softmax(logits, -1)
    confidence = (log_probabilities.exp() * log_probabilities).sum(-1)
    return logits.argmax(-1).tolist(), confidence.tolist()


class Session:
    """One request: the ids so far and the cache."""

    def __init__(self, model, tokenizer, prompt):
        config = model.config
        self.model, self.tokenizer, self.ids = model, tokenizer, list(prompt)
        shape = (1, config.kv_heads, config.max_positions, config.head_size)
        self.keys = [torch.zeros(shape) for _ in range(config.layers)]
        self.values = [torch.zeros(shape) for _ in range(config.layers)]

    @torch.no_grad()
    def forward(self, positions, table, wanted):
        """Logits of some of these rows. wanted: their indices; table[row, position]: does the row see the position?"""
        length = table.shape[1]
        caches = [(k[:, :, :length], v[:, :, :length]) for k, v in zip(self.keys, self.values)]
        ids = torch.tensor([[self.ids[p] for p in positions]])
        bias = torch.from_numpy(np.where(table, np.float32(0), np.float32(BLOCKED)))[None]
        return self.model(ids, bias, torch.tensor(wanted), torch.tensor(positions), caches)

    def generate(self, start, stops, limit):
        """Appends tokens autoregressively and returns them, the stop token included. start: the first row that is not
        yet in the cache."""
        tokens = []
        while len(tokens) < limit and len(self.ids) < self.model.config.max_positions:
            positions = list(range(start, len(self.ids)))
            table = np.arange(len(self.ids))[None, :] <= np.array(positions)[:, None]
            token = int(self.forward(positions, table, [len(positions) - 1]).argmax())
            start = len(self.ids)
            tokens.append(token)
            self.ids.append(token)
            if token in stops:
                break
        return tokens

    def add_spans(self, plan):
        """Appends the masked spans; returns [(first, last)] with the tags."""
        spans = []
        for _, size in plan:
            first = len(self.ids)
            self.ids += [self.tokenizer.span_open] + [self.tokenizer.mask] * size + [self.tokenizer.span_close]
            spans.append((first, len(self.ids) - 1))
        return spans

    def fill_spans(self, spans, ratio):
        """Returns the number of passes."""
        steps = max(1, int(max(last - first - 1 for first, last in spans) * ratio))
        base, mask = spans[0][0], self.tokenizer.mask
        for step, share in enumerate(reveal_ratios(steps)):
            open_spans = [(a, b) for a, b in spans if mask in self.ids[a:b + 1]]
            if not open_spans:
                return step
            positions, tables = [], []
            for first, last in open_spans:
                row = np.arange(len(self.ids)) < base
                row[first:last + 1] = True
                tables.append(np.repeat(row[None], last + 1 - first, 0))
                positions += range(first, last + 1)
            rows = [row for row, position in enumerate(positions) if self.ids[position + 1:position + 2] == [mask]]
            tokens, confidence = candidates(self.forward(positions, np.concatenate(tables), rows))
            self.reveal(open_spans, [positions[row] + 1 for row in rows], tokens, confidence, share, step == steps - 1)
        return steps

    def reveal(self, spans, masked, tokens, confidence, share, last_step):
        """Writes the most certain tokens of each span. tokens[i] and confidence[i] belong to position masked[i]."""
        index = {position: i for i, position in enumerate(masked)}
        for first, last in spans:
            own = sorted((p for p in masked if first <= p <= last), key=lambda p: -confidence[index[p]])
            count = len(own) if last_step else max(1, int(np.float32(len(own)) * share))
            for position in own[:count]:
                self.ids[position] = tokens[index[position]]


def planned(model, tokenizer, prompt, ratio):
    session = Session(model, tokenizer, prompt)
    result = Result(session.ids, False)
    start, stops = 0, (tokenizer.end, tokenizer.sync)
    for _ in range(MAX_ROUNDS):
        new = session.generate(start, stops, MAX_PLAN)
        result.plain_passes += len(new)
        if not new or new[-1] not in stops:
            return result
        session.ids.pop()
        plan = parse_plan(tokenizer, new[:-1])
        if not plan or any(size == 0 for _, size in plan) or sum(size for _, size in plan) > MAX_SPAN_POSITIONS:
            return result
        result.plans.append(plan)
        result.span_passes += session.fill_spans(session.add_spans(plan), ratio)
        if new[-1] == tokenizer.end:
            result.valid = tokenizer.mask not in session.ids
            return result
        start = len(session.ids)
        session.ids.append(tokenizer.sync)
    return result


def autoregressive(model, tokenizer, prompt):
    session = Session(model, tokenizer, prompt)
    tokens = session.generate(0, (tokenizer.end,), MAX_ANSWER)
    return Result(session.ids, tokens[-1] == tokenizer.end, plain_passes=len(tokens))


def plain_diffusion(model, tokenizer, prompt, length, ratio):
    """Dream's decoding: no plan and no cache. Each row sees the whole sequence; all masks share one ranking."""
    session = Session(model, tokenizer, prompt)
    session.ids += [tokenizer.mask] * length
    total, steps = len(session.ids), max(1, int(length * ratio))
    table, passes = np.ones((total, total), bool), 0
    for step, share in enumerate(reveal_ratios(steps)):
        masked = [p for p, token in enumerate(session.ids) if token == tokenizer.mask]
        if not masked:
            break
        tokens, confidence = candidates(session.forward(list(range(total)), table, [p - 1 for p in masked]))
        passes += 1
        count = len(masked) if step == steps - 1 else int(np.float32(len(masked)) * share)
        for i in sorted(range(len(masked)), key=lambda i: -confidence[i])[:count]:
            session.ids[masked[i]] = tokens[i]
    return Result(session.ids, tokenizer.mask not in session.ids, span_passes=passes)


def answer_text(tokenizer, ids):
    """The text without tags, plan and padding."""
    text = tokenizer.decode(ids)
    text = re.sub(r"\[PAD\]|</?async>|<sync/>|<\|im_end\|>|<promise>-<topic>.*?</topic>", " ", text)
    return re.sub(r"[ \t]+", " ", text).strip()
