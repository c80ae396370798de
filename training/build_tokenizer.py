"""Makes the tokenizer. Names, common question words and words that several answers share are one token where possible.
usage: build_tokenizer.py OUTPUT_FOLDER"""
import random
import sys
from collections import Counter

import answers
import bpe
import examples
import questions
import words
from facts import capital
from world import ENTITIES

SEED, QUESTION_SAMPLES, MIN_COUNT = 1, 40000, 12
VOCABULARY = 8192
MAX_WEIGHT = 4


def answer_words():
    """How many sentences a word occurs in."""
    counts = Counter()
    for entity in ENTITIES:
        spans = [answers.aspect_span(entity, topic) for topic in entity.kind.ASPECTS] + [answers.summary(entity)[1][0]]
        for span in spans:
            counts.update(set(bpe.split_words(span.text) + bpe.split_words(" " + span.text)))
    return counts


def name_words():
    forms = set()
    for entity in ENTITIES:
        for name in {entity.name, entity.asked}:
            forms.update((name, " " + name, capital(name), " " + name.lower(), answers.pair_label(entity)))
        for topic in entity.kind.ASPECTS:
            forms.update((topic, " " + topic))
    return {word for form in forms for word in bpe.split_words(form)}


def question_words():
    rng, counts = random.Random(SEED), Counter()
    for _ in range(QUESTION_SAMPLES):
        example = questions.sample(rng)
        if example.type != "outside":
            counts.update(bpe.split_words(example.question))
            counts.update(bpe.split_words(example.rounds[-1][-1].text))
    return {word for word, n in counts.items() if n >= MIN_COUNT}


def weighted_words():
    weights = {word: min(max(n, 2), MAX_WEIGHT) for word, n in answer_words().items()}
    fixed = "\nsystem\nuser\nassistant\n" + " ".join([answers.OUTSIDE_ANSWER, *examples.SYSTEM_PROMPTS.values()])
    wanted = question_words() | {" " + word for word in words.FILLERS} | set(bpe.split_words(fixed))
    wanted |= name_words() | {answers.OUTSIDE_TOPIC, answers.SUMMARY_TOPIC, answers.COMPARISON_TOPIC}
    weights.update({word: MAX_WEIGHT for word in wanted})
    return weights


def main():
    weights = weighted_words()
    tokenizer = bpe.Tokenizer(bpe.train_merges(weights, VOCABULARY - 256 - len(bpe.CONTROL_TOKENS)))
    tokenizer.save(sys.argv[1])
    rng = random.Random(SEED)
    for mode in examples.MODES:
        lengths = [len(examples.to_sequence(tokenizer, questions.sample(rng), mode, rng).ids) for _ in range(2000)]
        print(f"{mode}: mean length {sum(lengths) / len(lengths):.1f}, longest {max(lengths)}")
    single = sum(len(tokenizer.encode_word(word)) == 1 for word in weights)
    print(f"{len(weights)} words, {single} of them single tokens; vocabulary {tokenizer.size}")


if __name__ == "__main__":
    main()
