"""Questions and their answers at random: wording, type, entity, and changes that leave the meaning alone."""
import random
from dataclasses import dataclass

import natural
import wordings as w
import words
import world
from facts import capital

TYPE_WEIGHTS = {"about": .16, "everything": .06, "one": .13, "two": .12, "three": .10, "both": .03, "compare": .09,
                "compare by": .07, "summary": .15, "outside": .09}
TRAINING_TYPE_WEIGHTS = {**TYPE_WEIGHTS, "about": .13, "one": .10, "both": .05, "compare": .12, "compare by": .11,
                         "summary": .13, "outside": .08}  # what is copied from the first round is harder
EASY_TYPE_WEIGHTS = {"one": .6, "two": .2, "summary": .07, "about": .05, "both": .05, "outside": .03}  # few spans
RARE_TOPIC_WEIGHT = 2.5


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


class Wordings:
    """The lists for training, those that are held out, or only the first wording of each list (simple)."""

    def __init__(self, held_out, simple=False):
        self.held_out, self.simple = held_out, simple

    def pick(self, rng, name):
        if self.simple:
            return getattr(w, name)[0]
        return rng.choice(getattr(w, name + "_HELD_OUT" if self.held_out else name))

    def natural(self, rng, kind, topic):
        """A natural question, or None where there is none."""
        choices = None if self.simple else natural.NATURAL[kind].get(topic)
        return None if not choices else choices[-1] if self.held_out else rng.choice(choices[:-1])

    def comparative(self, rng, kind):
        degree = rng.choice(natural.COMPARATIVES[kind])
        form = "POSSESSIVE_" if degree.split()[0] in ("more", "a") else "COMPARATIVE_"
        name = form + ("HELD_OUT" if self.held_out else "WORDINGS")
        return rng.choice(getattr(natural, name)).replace("{t}", degree)


def pick_topics(rng, kind, count):
    """Aspects that "What is X?" does not ask for are asked for by name more often."""
    left, picked = list(kind.ASPECTS), []
    for _ in range(count):
        topic = rng.choices(left, [1.0 if t in kind.BASIC else RARE_TOPIC_WEIGHT for t in left])[0]
        left.remove(topic)
        picked.append(topic)
    return picked


def aspect_word(rng, entity, topic):
    """The topic itself, or a synonym that means only this topic within the kind."""
    aliases = world.ALIASES[entity.kind.KIND, topic]
    return topic if rng.random() < 0.5 or not aliases else rng.choice(aliases)


def misspell(rng, word):
    """Two letters change places, or one is lost."""
    at = rng.randrange(len(word) - 1)
    return word[:at] + (word[at + 1] + word[at] if rng.random() < 0.5 else word[at + 1]) + word[at + 2:]


def alter_fillers(rng, template, rate):
    """Drop, replace or add words that carry no meaning; slots and keywords stay."""
    out = []
    for word in template.split(" "):
        fixed = "{" in word or word.strip(",.:?!") in w.KEYWORDS
        draw = rng.random() / rate
        if not fixed and draw < 1:
            continue
        if not fixed and len(word) > 2 and 2 <= draw < 2.3:
            word = misspell(rng, word)
        out.append(rng.choice(words.FILLERS) if not fixed and draw < 2 else word)
        if rng.random() < rate * 0.4:
            out.append(rng.choice(words.FILLERS))
    return " ".join(out)


def noun_phrase(rng, lists, template, altered):
    return alter_if(rng, lists.pick(rng, "LEAD_INS"), altered).replace("{p}", alter_if(rng, template, altered))


def alter_if(rng, template, altered):
    return alter_fillers(rng, template, rng.choice((0.05, 0.1, 0.2))) if altered else template


def fill_slots(template, slots):
    if slots.get("x") in PLURALS:
        for singular, many in (("does {x}", "do {x}"), ("is {x}", "are {x}"), ("has {x}", "have {x}")):
            template = template.replace(singular, many)
    for key, value in slots.items():
        template = template.replace("{" + key + "}", value)
    return template


PLURALS = {world.plural(e.name) for e in world.ENTITIES if world.has_plural(e)}


def aspect_question(rng, lists, entity, topics, altered):
    natural_form = len(topics) == 1 and rng.random() < 0.45
    wording = lists.natural(rng, entity.kind.KIND, topics[0]) if natural_form else None
    if wording is None:
        name = {1: "ONE", 2: "TWO", 3: "THREE"}[len(topics)] + "_PHRASES"
        wording = noun_phrase(rng, lists, lists.pick(rng, name), altered)
    slots = {letter: aspect_word(rng, entity, topic) for letter, topic in zip("abc", topics)}
    return fill_slots(wording, dict(x=world.question_name(entity, rng), **slots))


def pair_question(rng, lists, question_type, pair, altered):
    names = dict(x=world.question_name(pair[0], rng), y=world.question_name(pair[1], rng))
    kind = pair[0].kind
    if question_type == "both":
        topic = pick_topics(rng, kind, 1)[0]
        wording = noun_phrase(rng, lists, lists.pick(rng, "BOTH_PHRASES"), altered)
        return fill_slots(wording, dict(names, a=aspect_word(rng, pair[0], topic))), world.both(*pair, topic)
    if question_type == "compare":
        return fill_slots(alter_if(rng, lists.pick(rng, "COMPARE"), altered), names), world.compare(*pair)
    if rng.random() < 0.5:
        return fill_slots(lists.comparative(rng, kind.KIND), names), world.compare_by(*pair)
    quantity, stated_by = kind.COMPARISONS[0][0], world.compared_aspect(kind)
    if stated_by != "definition" and rng.random() < 0.5:
        quantity = aspect_word(rng, pair[0], stated_by)
    wording = alter_if(rng, lists.pick(rng, "COMPARE_BY"), altered)
    return fill_slots(wording, dict(names, t=quantity)), world.compare_by(*pair)


WORLD_NAMES = {name.lower() for e in world.ENTITIES for name in (e.name, e.asked)}
ASPECT_WORDS = {word for e in world.KINDS for t in e.ALIASES for a in (t, *e.ALIASES[t]) for word in a.split()}
NAME_WORDS = {word for name in WORLD_NAMES for word in name.split()}


def field_words():
    """Words of the answers that name nothing the facts are about."""
    found = {word.strip(".,") for e in world.ENTITIES for key, value in e.row.items() if key not in ("name", "asked")
             for word in value.split()}
    known = NAME_WORDS | ASPECT_WORDS | set(words.FILLERS)
    return sorted(word for word in found if word.isalpha() and len(word) > 3 and not {word, word.lower()} & known)


FIELD_WORDS = field_words()


def outside_name(rng, held_out):
    draw = rng.random()
    if draw < 0.45:
        name = rng.choice(words.OUTSIDE_HELD_OUT if held_out else words.OUTSIDE)
    elif draw < 0.75:
        name = "".join(rng.choice(words.SYLLABLES) for _ in range(rng.randint(2, 4)))
        name = name.capitalize() if rng.random() < 0.6 else name
    else:
        name = " ".join(rng.choice(FIELD_WORDS) for _ in range(rng.choice((1, 1, 1, 2))))
    if name.lower() in WORLD_NAMES:
        return outside_name(rng, held_out)
    return rng.choice(("the ", "a ", "my ")) + name if rng.random() < 0.3 else name


def outside_question(rng, lists, altered):
    draw = rng.random()
    if draw < 0.12:
        return rng.choice(words.CHITCHAT_HELD_OUT if lists.held_out else words.CHITCHAT)
    slots = {key: outside_name(rng, lists.held_out) for key in "xyz"}
    if draw < 0.35:
        numbers = dict(m=str(rng.randint(1, 2000)), n=str(rng.randint(1, 99)))
        return fill_slots(rng.choice(words.OUTSIDE_TASKS), dict(slots, **numbers))
    if draw < 0.62:
        name = rng.choice(("ABOUT", "ABOUT", "EVERYTHING", "SUMMARY", "COMPARE"))
        return fill_slots(alter_if(rng, lists.pick(rng, name), altered), slots)
    entity = rng.choice(world.ENTITIES)
    topic = rng.choice(list(entity.kind.ASPECTS))
    wording = lists.natural(rng, entity.kind.KIND, topic) if draw < 0.8 else None
    wording = wording or noun_phrase(rng, lists, lists.pick(rng, "ONE_PHRASES"), altered)
    return fill_slots(wording, dict(slots, a=aspect_word(rng, entity, topic)))


def core_and_answer(rng, lists, question_type, altered):
    if question_type == "outside":
        return outside_question(rng, lists, altered), "outside", world.outside()
    if question_type in ("compare", "compare by", "both"):
        pair = world.pick_pair(rng, lists.held_out, question_type == "compare by")
        question, rounds = pair_question(rng, lists, question_type, pair, altered)
        return question, pair[0].kind.KIND, rounds
    entity = world.pick_entity(rng, lists.held_out)
    kind = entity.kind.KIND
    if question_type in ("one", "two", "three"):
        topics = pick_topics(rng, entity.kind, ("one", "two", "three").index(question_type) + 1)
        return aspect_question(rng, lists, entity, topics, altered), kind, world.aspects(entity, topics)
    wording = alter_if(rng, lists.pick(rng, question_type.upper()), altered)
    answer = {"about": world.about, "everything": world.everything, "summary": world.summary}[question_type]
    return fill_slots(wording, dict(x=world.question_name(entity, rng))), kind, answer(entity)


def punctuate(rng, core, closing):
    """End mark, and the closing before it (a phrase) or behind it (a sentence)."""
    mark = rng.choices(("?", ".", "", "!", "??", " ?", "..."), (8, 5, 5, .6, .3, .4, .3))[0]
    if core.endswith((".", "?", "!")):
        mark = ""
    if not closing:
        return core + mark
    if closing[0].islower() or closing.startswith("I ") and not mark:
        return core + rng.choice((" ", " ", ", ")) + closing + mark
    return core + (mark or rng.choice((".", "?", ""))) + " " + closing


def dress(rng, lists, core, altered):
    """Greeting, closing, stray words, capitals."""
    if lists.simple:
        return capital(core) + "?"
    greeting = lists.pick(rng, "GREETINGS") if rng.random() < 0.22 else ""
    closing = lists.pick(rng, "CLOSINGS") if rng.random() < 0.3 else ""
    if altered and rng.random() < 0.3:
        greeting = " ".join(rng.choice(words.FILLERS) for _ in range(rng.randint(1, 5)))
        greeting += rng.choice(("", ",", ":", "."))
    if altered and rng.random() < 0.3:
        closing = " ".join(rng.choice(words.FILLERS) for _ in range(rng.randint(1, 6)))
    style = rng.random()
    if style < 0.62 and (not greeting or greeting[-1] in ".!?:"):
        core = capital(core)
    question = (greeting + " " if greeting else "") + punctuate(rng, core, closing)
    if style < 0.62:
        return capital(question)
    return question.lower() if style < 0.8 else question


def sample(rng: random.Random, held_out=False, alter=0.5, simple=0.0, easy=0.0):
    """alter: share of the questions whose fillers are changed; simple: share in the plainest wording; easy: share
    that asks for few spans (none of it in held-out questions)."""
    type_weights = TYPE_WEIGHTS if held_out else TRAINING_TYPE_WEIGHTS
    if not held_out and rng.random() < easy:
        type_weights = EASY_TYPE_WEIGHTS
    question_type = rng.choices(list(type_weights), list(type_weights.values()))[0]
    lists = Wordings(held_out, not held_out and rng.random() < simple)
    altered = not held_out and not lists.simple and rng.random() < alter
    core, kind, rounds = core_and_answer(rng, lists, question_type, altered)
    return Example(dress(rng, lists, core.strip(), altered), question_type, kind, rounds)
