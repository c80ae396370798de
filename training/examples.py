"""Examples as token ids, in the three modes of the checkpoint."""
from dataclasses import dataclass

import numpy as np

MODES = ("planned", "ar", "diffusion")
SYSTEM_PROMPTS = {"planned": "You are a helpful assistant.", "ar": "Answer without a plan.",
                  "diffusion": "Answer by diffusion."}
SPAN_UNIT = 10
DIFFUSION_LENGTHS = (64, 128, 192, 256)


@dataclass
class Sequence:
    ids: np.ndarray
    prompt_length: int
    mode: str


def chat_prompt(question, mode):
    return (f"<|im_start|>system\n{SYSTEM_PROMPTS[mode]}<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n"
            f"<|im_start|>assistant\n")


def prompt_ids(tokenizer, question, mode):
    return tokenizer.encode(chat_prompt(question, mode))


def exact_padding(length, _rng):
    """The number in the plan, and the number of pads: the span is number * 10 positions long."""
    number = -(-length // SPAN_UNIT)
    return number, number * SPAN_UNIT - length


def random_padding(length, rng):
    """As the reference implementation: 0 to 10 pads, whatever the number is."""
    return max(1, round(length / SPAN_UNIT)), rng.randint(0, 10)


def planned_answer(tokenizer, rounds, rng, padding):
    ids = []
    for i, spans in enumerate(rounds):
        ids += [tokenizer.sync] if i else []
        bodies = []
        for span in spans:
            body = tokenizer.encode(span.text, with_control=False)
            number, pads = padding(len(body), rng)
            topic = tokenizer.encode(f"{span.topic} {number}", with_control=False)
            ids += [tokenizer.promise_open] + topic + [tokenizer.promise_close]
            bodies += [tokenizer.span_open] + body + [tokenizer.pad] * pads + [tokenizer.span_close]
        ids += bodies
    return ids + [tokenizer.end]


def diffusion_answer(tokenizer, answer, rng):
    """The answer, then `<|im_end|>` up to one of the fixed lengths: mostly the shortest that fits."""
    ids = tokenizer.encode(answer, with_control=False) + [tokenizer.end]
    fitting = [length for length in DIFFUSION_LENGTHS if length >= len(ids)]
    length = fitting[0] if rng.random() < 0.5 else rng.choice(fitting)
    return ids + [tokenizer.end] * (length - len(ids))


def to_sequence(tokenizer, example, mode, rng, padding=exact_padding):
    prompt = prompt_ids(tokenizer, example.question, mode)
    if mode == "planned":
        answer = planned_answer(tokenizer, example.rounds, rng, padding)
    elif mode == "ar":
        answer = tokenizer.encode(example.answer, with_control=False) + [tokenizer.end]
    else:
        answer = diffusion_answer(tokenizer, example.answer, rng)
    return Sequence(np.array(prompt + answer), len(prompt), mode)
