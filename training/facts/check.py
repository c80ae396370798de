"""Check the facts: columns, sentence lengths, names. Run: python -m training.facts.check"""
import re
import sys
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from training.facts import KINDS, comparison, rows, sentence  # noqa: E402

TOKEN = re.compile(r"\d|[^\W\d_]+|[^\w\s]")
LOW, HIGH = 20, 40


def problems_of(text):
    tokens = TOKEN.findall(text)
    if not LOW <= len(tokens) <= HIGH:
        yield f"{len(tokens)} tokens"
    if text.count(".") != 1 or not text.endswith("."):
        yield "not one full stop at the end"
    if re.search(r"""["'();:!?|{}]""", text) or not text.isascii():
        yield "unwanted mark"
    if "  " in text or not text[0].isupper():
        yield "spacing or first letter"
    if re.search(r"\b(\w+) \1\b", text):
        yield "doubled word"
    if re.search(r"\b[Aa] (?!one|use|uni|eu)[aeiou]|\b[Aa]n [^aeiouh]", text):
        yield "wrong article"


def main():
    bad, words, lengths, names = [], set(), [], {}
    for kind in KINDS:
        lines = kind.ROWS.strip().splitlines()
        for line in lines:
            if line.count("|") + 1 != len(kind.FIELDS):
                bad.append((line, "wrong number of columns"))
        topics = set(kind.ASPECTS)
        if set(kind.BASIC) - topics or set(kind.COMPARE) - topics or set(kind.ALIASES) != topics:
            bad.append((kind.KIND, "BASIC, COMPARE or ALIASES do not fit ASPECTS"))
        synonyms = [word for words_of in kind.ALIASES.values() for word in words_of]
        if len(set(synonyms)) < len(synonyms) or topics & set(synonyms):
            bad.append((kind.KIND, "a synonym stands for two topics or equals one"))
        if any(set(fields) - set(kind.FIELDS) for _, fields in kind.ASPECTS.values()):
            bad.append((kind.KIND, "unknown field"))
        table = [row for row in rows(kind) if len(row) == len(kind.FIELDS)]
        texts = []
        for row in table:
            if row["asked"] in names:
                bad.append((row["asked"], "name used twice"))
            names[row["asked"]] = kind.KIND
            texts += [sentence(kind, row, topic) for topic in kind.ASPECTS]
        for rule in kind.COMPARISONS:
            pairs = combinations(table, 2)
            texts += [text for one, other in pairs if (text := comparison(kind, rule, one, other))]
        own = [len(TOKEN.findall(text)) for text in texts]
        for text in texts:
            words.update(word for word in TOKEN.findall(text) if word[0].isalpha())
            bad += [(text, problem) for problem in problems_of(text)]
        for topic in kind.ASPECTS:
            lengths += [len(TOKEN.findall(sentence(kind, row, topic))) for row in table]
        print(f"{kind.KIND}: {len(table)} entities, {len(kind.ASPECTS)} aspects, sentences of {min(own)} to {max(own)} tokens")
    for text, problem in bad:
        print(f"{problem}: {text}")
    print(f"{len(names)} entities, {len(lengths)} sentences of {sum(lengths) / len(lengths):.1f} tokens on average, "
          f"{len(words)} distinct words ({len({word.lower() for word in words})} without case), {len(bad)} violations")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
