"""Examples as token ids, in the three modes of the checkpoint."""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

MODES = ("planned", "ar", "diffusion")
SYSTEM_PROMPTS = {"planned": "You are a helpful assistant.", "ar": "Answer without a plan.",
                  "diffusion": "Answer by diffusion."}
SPAN_UNIT = 10
DIFFUSION_LENGTHS = (64, 128, 192, 256)


@dataclass
class Sequence:
    """stated: which of the ids state a fact, and are no part of the sentence around it."""
    ids: np.ndarray
    stated: np.ndarray
    prompt_length: int
    mode: str


def chat_prompt(question, mode):
    return (f"<|im_start|>system\n{SYSTEM_PROMPTS[mode]}<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n"
            f"<|im_start|>assistant\n")


def prompt_ids(tokenizer, question, mode):
    return tokenizer.encode(chat_prompt(question, mode))


def exact_padding(length, _rng):
    """Number in the plan and pads: the span is number * 10 positions long."""
    number = -(-length // SPAN_UNIT)
    return number, number * SPAN_UNIT - length


def random_padding(length, rng):
    """The reference implementation: 0 to 10 pads, the number says nothing about them."""
    return max(1, round(length / SPAN_UNIT)), rng.randint(0, 10)


@lru_cache(20000)
def span_tokens(tokenizer, text, stated):
    """Token ids of the text, and which of them have a part of the stated strings."""
    ids = tokenizer.encode(text, with_control=False)
    lengths = np.array([len(tokenizer.token_text[i]) for i in ids])
    ends, encoded, marks = lengths.cumsum(), text.lower().encode(), np.zeros(len(ids), bool)
    for string in stated:
        string = string.lower().encode()
        at = encoded.find(string)
        if at >= 0:
            marks |= (ends > at) & (ends - lengths < at + len(string))
    return ids, marks.tolist()


class Answer:
    """Token ids under construction, and which of them state a fact."""

    def __init__(self):
        self.ids, self.stated = [], []

    def add(self, ids, stated=None):
        self.ids += ids
        self.stated += stated or [False] * len(ids)


def planned_answer(tokenizer, rounds, rng, padding):
    answer = Answer()
    for i, spans in enumerate(rounds):
        answer.add([tokenizer.sync] if i else [])
        bodies = Answer()
        for span in spans:
            body, stated = span_tokens(tokenizer, span.text, span.stated)
            number, pads = padding(len(body), rng)
            topic = tokenizer.encode(f"{span.topic} {number}", with_control=False)
            answer.add([tokenizer.promise_open] + topic + [tokenizer.promise_close])
            bodies.add([tokenizer.span_open])
            bodies.add(body, stated)
            bodies.add([tokenizer.pad] * pads + [tokenizer.span_close])
        answer.add(bodies.ids, bodies.stated)
    answer.add([tokenizer.end])
    return answer


def plain_answer(tokenizer, spans):
    """The sentences one after the other, and the end."""
    answer = Answer()
    for i, span in enumerate(spans):
        answer.add(*span_tokens(tokenizer, (" " if i else "") + span.text, span.stated))
    answer.add([tokenizer.end])
    return answer


def fill_up(tokenizer, answer, rng):
    """`<|im_end|>` up to one of the lengths of plain diffusion: mostly the shortest that fits."""
    fitting = [length for length in DIFFUSION_LENGTHS if length >= len(answer.ids)]
    length = fitting[0] if rng.random() < 0.5 else rng.choice(fitting)
    answer.add([tokenizer.end] * (length - len(answer.ids)))


def to_sequence(tokenizer, example, mode, rng, padding=exact_padding):
    prompt = prompt_ids(tokenizer, example.question, mode)
    if mode == "planned":
        answer = planned_answer(tokenizer, example.rounds, rng, padding)
    else:
        answer = plain_answer(tokenizer, example.spans)
    if mode == "diffusion":
        fill_up(tokenizer, answer, rng)
    stated = np.array([False] * len(prompt) + answer.stated)
    return Sequence(np.array(prompt + answer.ids), stated, len(prompt), mode)
