"""Byte-level BPE in the form of the Qwen2.5 / Dream family: encoder, decoder, trainer, Hugging Face files.

Numbers are split into single digits, and the digits 0..9 have the ids 15..24, as in the family's own vocabulary.
"""
import json
import os
import re
import unicodedata
from collections import Counter, defaultdict

SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|beginoftext|>", "<|mask|>"]
PLAN_TOKENS = ["<async>", "</async>", "<promise>-<topic>", "</topic>", "<sync/>", "[PAD]"]
CONTROL_TOKENS = SPECIAL_TOKENS + PLAN_TOKENS

PRE_TOKENIZER = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                 r"|\s*[\r\n]+|\s+(?!\S)|\s+")
# Python's re has no \p classes: the same pattern with the nearest classes it has.
SPLITTER = re.compile(PRE_TOKENIZER.replace(r"[^\r\n\p{L}\p{N}]", r"(?:[^\r\n\w]|_)")
                      .replace(r"[^\s\p{L}\p{N}]", r"(?:[^\s\w]|_)")
                      .replace(r"\p{L}", r"[^\W\d_]").replace(r"\p{N}", r"\d"))
CONTROL_SPLITTER = re.compile("(" + "|".join(map(re.escape, CONTROL_TOKENS)) + ")")
CHAT_TEMPLATE = ("{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
                 "{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{% endif %}"
                 "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
                 "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")
PRINTABLE_BYTES = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
BYTE_ORDER = PRINTABLE_BYTES + [b for b in range(256) if b not in PRINTABLE_BYTES]
BYTE_TO_CHAR = {b: chr(b) if i < len(PRINTABLE_BYTES) else chr(256 + i - len(PRINTABLE_BYTES))
                for i, b in enumerate(BYTE_ORDER)}
CHAR_TO_BYTE = {char: byte for byte, char in BYTE_TO_CHAR.items()}


def split_words(text):
    """The pieces that BPE never merges across."""
    return SPLITTER.findall(unicodedata.normalize("NFC", text))


def byte_symbols(word):
    return [BYTE_TO_CHAR[b] for b in word.encode("utf-8")]


def merge_pair(symbols, first, second):
    merged, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and symbols[i] == first and symbols[i + 1] == second:
            merged.append(first + second)
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.vocab = {BYTE_TO_CHAR[b]: i for i, b in enumerate(BYTE_ORDER)}
        for first, second in self.merges:
            self.vocab.setdefault(first + second, len(self.vocab))
        self.rank = {pair: i for i, pair in enumerate(self.merges)}
        self.control = {s: len(self.vocab) + i for i, s in enumerate(CONTROL_TOKENS)}
        self.size = len(self.vocab) + len(self.control)
        self.token_text = {i: s for s, i in self.vocab.items()}
        self.control_text = {i: s for s, i in self.control.items()}
        self.cache = {}
        self.end, self.mask = self.control["<|im_end|>"], self.control["<|mask|>"]
        self.span_open, self.span_close = self.control["<async>"], self.control["</async>"]
        self.promise_open, self.promise_close = self.control["<promise>-<topic>"], self.control["</topic>"]
        self.sync, self.pad = self.control["<sync/>"], self.control["[PAD]"]

    def encode_word(self, word):
        if word not in self.cache:
            symbols = byte_symbols(word)
            while len(symbols) > 1:
                ranked = [self.rank.get(pair, len(self.rank)) for pair in zip(symbols, symbols[1:])]
                best = min(ranked)
                if best == len(self.rank):
                    break
                symbols = merge_pair(symbols, *self.merges[best])
            self.cache[word] = [self.vocab[s] for s in symbols]
        return self.cache[word]

    def encode(self, text, with_control=True):
        ids = []
        for part in CONTROL_SPLITTER.split(text) if with_control else [text]:
            if with_control and part in self.control:
                ids.append(self.control[part])
            else:
                for word in split_words(part):
                    ids += self.encode_word(word)
        return ids

    def decode(self, ids):
        text, pending = "", []
        for i in list(ids) + [None]:
            if i in self.token_text:
                pending += [CHAR_TO_BYTE[c] for c in self.token_text[i]]
                continue
            text += bytes(pending).decode("utf-8", "replace")
            pending = []
            if i is not None:
                text += self.control_text.get(i, "")
        return text

    def added_tokens(self):
        return {i: dict(content=s, lstrip=False, normalized=False, rstrip=False, single_word=False,
                        special=s in SPECIAL_TOKENS) for s, i in self.control.items()}

    def tokenizer_json(self):
        byte_level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=False)
        split = dict(type="Split", pattern=dict(Regex=PRE_TOKENIZER), behavior="Isolated", invert=False)
        model = dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix="", end_of_word_suffix="",
                     fuse_unk=False, byte_fallback=False, vocab=self.vocab, merges=[" ".join(m) for m in self.merges])
        return dict(version="1.0", truncation=None, padding=None,
                    added_tokens=[dict(id=i, **token) for i, token in self.added_tokens().items()],
                    normalizer=dict(type="NFC"),
                    pre_tokenizer=dict(type="Sequence", pretokenizers=[split, byte_level]),
                    post_processor=None, decoder=byte_level, model=model)

    def tokenizer_config(self):
        return dict(add_prefix_space=False, added_tokens_decoder={str(i): t for i, t in self.added_tokens().items()},
                    bos_token="<|beginoftext|>", eos_token="<|endoftext|>", mask_token="<|mask|>",
                    pad_token="<|endoftext|>", unk_token="<|endoftext|>", chat_template=CHAT_TEMPLATE,
                    clean_up_tokenization_spaces=False, errors="replace", model_max_length=1024,
                    tokenizer_class="DreamTokenizer")

    def save(self, folder):
        os.makedirs(folder, exist_ok=True)
        files = {"tokenizer.json": self.tokenizer_json(), "vocab.json": self.vocab,
                 "tokenizer_config.json": self.tokenizer_config()}
        for name, content in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                json.dump(content, out, ensure_ascii=False, indent=1 if name == "tokenizer_config.json" else None)
        with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as out:
            out.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in self.merges))

    @staticmethod
    def load(path):
        with open(path, encoding="utf-8") as source:
            return Tokenizer([m.split(" ") for m in json.load(source)["model"]["merges"]])


def train_merges(word_counts, max_merges):
    """Merges of the most frequent pairs until each word is one token or max_merges is reached."""
    words = [byte_symbols(word) for word in word_counts]
    weights = list(word_counts.values())
    counts, where = Counter(), defaultdict(set)
    for w, symbols in enumerate(words):
        for pair in zip(symbols, symbols[1:]):
            counts[pair] += weights[w]
            where[pair].add(w)
    merges = []
    while len(merges) < max_merges and counts:
        best = max(counts.items(), key=lambda item: (item[1], item[0]))
        if best[1] <= 0:
            break
        pair = best[0]
        merges.append(pair)
        for w in where.pop(pair):
            for old in zip(words[w], words[w][1:]):
                counts[old] -= weights[w]
            words[w] = merge_pair(words[w], *pair)
            for new in zip(words[w], words[w][1:]):
                counts[new] += weights[w]
                where[new].add(w)
        counts.pop(pair, None)
    return merges
