"""Questions at random, each with its answer."""
import random
from dataclasses import dataclass

import answers
import draws
from names import aspect_word, question_name
from outside import outside_question
from phrases import Wordings, alter_if, dress, fill_slots, noun_phrase

TYPE_WEIGHTS = {"about": .16, "everything": .06, "one": .13, "two": .12, "three": .10, "both": .03, "compare": .09,
                "compare by": .07, "summary": .15, "outside": .09}
TRAINING_TYPE_WEIGHTS = {**TYPE_WEIGHTS, "about": .13, "one": .10, "both": .05, "compare": .12, "compare by": .11,
                         "summary": .13, "outside": .08}  # more of what copies from the first round, which is harder
EASY_TYPE_WEIGHTS = {"one": .6, "two": .2, "summary": .07, "about": .05, "both": .05, "outside": .03}  # few spans


@dataclass
class Example:
    question: str
    type: str
    kind: str
    rounds: list

    @property
    def spans(self):
        return [span for spans in self.rounds for span in spans]

    @property
    def answer(self):
        return " ".join(span.text for span in self.spans)


def aspect_question(rng, lists, entity, topics, altered):
    natural_form = len(topics) == 1 and rng.random() < 0.45
    wording = lists.natural(rng, entity.kind.KIND, topics[0]) if natural_form else None
    if wording is None:
        name = {1: "ONE", 2: "TWO", 3: "THREE"}[len(topics)] + "_PHRASES"
        wording = noun_phrase(rng, lists, lists.pick(rng, name), altered)
    slots = {letter: aspect_word(rng, entity, topic) for letter, topic in zip("abc", topics)}
    return fill_slots(wording, dict(x=question_name(rng, entity), **slots))


def pair_question(rng, lists, question_type, pair, altered):
    names = dict(x=question_name(rng, pair[0]), y=question_name(rng, pair[1]))
    kind = pair[0].kind
    if question_type == "both":
        topic = draws.pick_topics(rng, kind, 1)[0]
        wording = noun_phrase(rng, lists, lists.pick(rng, "BOTH_PHRASES"), altered)
        return fill_slots(wording, dict(names, a=aspect_word(rng, pair[0], topic))), answers.both(*pair, topic)
    if question_type == "compare":
        return fill_slots(alter_if(rng, lists.pick(rng, "COMPARE"), altered), names), answers.compare(*pair)
    if rng.random() < 0.5:
        return fill_slots(lists.comparative(rng, kind.KIND), names), answers.compare_by(*pair)
    quantity, stated_by = kind.COMPARISONS[0][0], answers.compared_aspect(kind)
    if stated_by != "definition" and rng.random() < 0.5:
        quantity = aspect_word(rng, pair[0], stated_by)
    wording = alter_if(rng, lists.pick(rng, "COMPARE_BY"), altered)
    return fill_slots(wording, dict(names, t=quantity)), answers.compare_by(*pair)


def core_and_answer(rng, lists, question_type, altered):
    if question_type == "outside":
        return outside_question(rng, lists, altered), "outside", answers.outside()
    if question_type in ("compare", "compare by", "both"):
        pair = draws.pick_pair(rng, lists.held_out, question_type == "compare by")
        question, rounds = pair_question(rng, lists, question_type, pair, altered)
        return question, pair[0].kind.KIND, rounds
    entity = draws.pick_entity(rng, lists.held_out)
    kind = entity.kind.KIND
    if question_type in ("one", "two", "three"):
        topics = draws.pick_topics(rng, entity.kind, ("one", "two", "three").index(question_type) + 1)
        return aspect_question(rng, lists, entity, topics, altered), kind, answers.aspects(entity, topics)
    wording = alter_if(rng, lists.pick(rng, question_type.upper()), altered)
    answer = {"about": answers.about, "everything": answers.everything, "summary": answers.summary}[question_type]
    return fill_slots(wording, dict(x=question_name(rng, entity))), kind, answer(entity)


def sample(rng: random.Random, held_out=False, alter=0.5, simple=0.0, easy=0.0):
    """alter: share of the questions whose fillers are changed; simple: share in the plainest wording; easy: share that
    asks for few spans. Held-out questions have none of the three."""
    type_weights = TYPE_WEIGHTS if held_out else TRAINING_TYPE_WEIGHTS
    if not held_out and rng.random() < easy:
        type_weights = EASY_TYPE_WEIGHTS
    question_type = rng.choices(list(type_weights), list(type_weights.values()))[0]
    lists = Wordings(held_out, not held_out and rng.random() < simple)
    altered = not held_out and not lists.simple and rng.random() < alter
    core, kind, rounds = core_and_answer(rng, lists, question_type, altered)
    return Example(dress(rng, lists, core.strip(), altered), question_type, kind, rounds)
