"""Answers: which spans, in which rounds, with which facts, for each type of question."""
import random
import zlib
from collections import Counter
from dataclasses import dataclass, field

from facts import KINDS, comparison, fill, rows, sentence
from synonyms import SYNONYMS

OUTSIDE_ANSWER = ("I only know a few facts about science, countries, animals, rivers, mountains, inventions, "
                  "programming languages and musical instruments, so I cannot answer this question.")
OUTSIDE_TOPIC, SUMMARY_TOPIC, COMPARISON_TOPIC = "limits", "summary", "comparison"
SUMMARIES = {
    "element": (
        ("definition", "appearance", "use"),
        "In short, {asked} has the symbol {symbol} and the atomic number {number}, it is a {state} at room "
        "temperature, and it is used for {use}.",
        ("symbol", "number", "state", "use")),
    "country": (
        ("capital", "language", "currency"),
        "In short, {asked} has the capital {capital}, the main language there is {language}, and people pay with "
        "the {currency}.",
        ("capital", "language", "currency")),
    "world": (
        ("definition", "size", "orbit"),
        "In short, {asked} is a {class} with a diameter of about {diameter} kilometers, and it moves around "
        "{around} once in about {year}.",
        ("class", "diameter", "around", "year")),
    "animal": (
        ("diet", "habitat", "weight"),
        "In short, {asked} lives in {habitat}, feeds mainly on {diet}, and can reach a weight of about {weight} "
        "kilograms.",
        ("habitat", "diet", "weight")),
    "phenomenon": (
        ("definition", "cause", "location"),
        "In short, {asked} is observed most often {place}, and it appears when {cause}.",
        ("place", "cause")),
    "programming language": (
        ("creator", "year", "use"),
        "In short, {asked} was created by {creator}, it first appeared in {year}, and it is used mainly for {use}.",
        ("creator", "year", "use")),
    "invention": (
        ("inventor", "year", "effect"),
        "In short, {asked} goes back to {inventor}, it is dated to about {year}, and its most important effect was "
        "that {effect}.",
        ("inventor", "year", "effect")),
    "organ": (
        ("definition", "problems", "care"),
        "In short, {asked} is found {place}, it can be harmed by {problem}, and people can support it with {care}.",
        ("place", "problem", "care")),
    "musical instrument": (
        ("parts", "sound", "origin"),
        "In short, {asked} has {sound}, its main parts are {parts}, and its origin is connected with {origin}.",
        ("sound", "parts", "origin")),
    "river": (
        ("length", "source", "mouth"),
        "In short, {asked} begins in {source}, flows into {mouth}, and has a length of about {length} kilometers.",
        ("source", "mouth", "length")),
    "mountain": (
        ("height", "location", "first ascent"),
        "In short, {asked} belongs to {range}, it has a height of about {height} meters, and it was first climbed "
        "in {year}.",
        ("range", "height", "year")),
}


@dataclass
class Span:
    """facts: what a right sentence has."""
    topic: str
    text: str
    facts: list = field(default_factory=list)


@dataclass
class Entity:
    kind: object
    row: dict

    @property
    def name(self):
        """As the sentences write it."""
        name, asked = self.row["name"], self.row["asked"]
        return name if name in asked else asked.split(" ", 1)[-1]

    @property
    def asked(self):
        return self.row["asked"]

    def aspect(self, topic, label=None):
        values = [self.row[f] for f in self.kind.ASPECTS[topic][1]]
        return Span(label or topic, sentence(self.kind, self.row, topic), [self.name] + values)

    def label(self, topic=None):
        """Topic of a span in an answer about two entities: at most three words."""
        words = [word for word in self.name.split() if word not in ("the", "of")]
        return " ".join(words[:3] if topic is None else words[:3 - len(topic.split())] + [topic])


ENTITIES = [Entity(kind, row) for kind in KINDS for row in rows(kind)]
BY_KIND = {kind.KIND: [e for e in ENTITIES if e.kind is kind] for kind in KINDS}
# Trained on more often than their number of entities asks for: their sentences are seen less than others'.
TRAINING_SHARE = {"musical instrument": 2.0, "organ": 1.7, "programming language": 1.5, "invention": 1.3, "river": 1.8,
                  "world": 1.8, "mountain": 1.4}
ENTITY_WEIGHTS = [TRAINING_SHARE.get(entity.kind.KIND, 1.0) for entity in ENTITIES]
NAME_COUNT = Counter(entity.name.lower() for entity in ENTITIES)
VAGUE_ALIASES = {"description", "overview", "general facts", "explanation", "introduction", "summary"}


def all_aliases(kind, topic):
    return {*kind.ALIASES[topic], *SYNONYMS.get(kind.KIND, {}).get(topic, ())}


def clear_aliases(kind, topic):
    """Synonyms that mean this topic and no other one of the kind."""
    taken = Counter(alias for t in kind.ASPECTS for alias in {t} | all_aliases(kind, t))
    return sorted(a for a in all_aliases(kind, topic) if taken[a] == 1 and a not in VAGUE_ALIASES)


ALIASES = {(kind.KIND, topic): clear_aliases(kind, topic) for kind in KINDS for topic in kind.ASPECTS}


def about(entity):
    return [[entity.aspect(topic) for topic in entity.kind.BASIC]]


def everything(entity):
    rest = [topic for topic in entity.kind.ASPECTS if topic not in entity.kind.BASIC]
    return [[entity.aspect(topic) for topic in list(entity.kind.BASIC) + rest][:5]]


def aspects(entity, topics):
    return [[entity.aspect(topic) for topic in topics]]


def both(entity, other, topic):
    return [[e.aspect(topic, e.label()) for e in (entity, other)]]


def summary(entity):
    topics, template, fields = SUMMARIES[entity.kind.KIND]
    last = Span(SUMMARY_TOPIC, fill(template, entity.row), [entity.name] + [entity.row[f] for f in fields])
    return [[entity.aspect(topic) for topic in topics], [last]]


def compared_aspect(kind):
    """The aspect that states the compared number."""
    value = kind.COMPARISONS[0][1]
    return next(topic for topic in list(kind.COMPARE) + list(kind.ASPECTS) if value in kind.ASPECTS[topic][1])


def comparison_span(entity, other):
    rule = entity.kind.COMPARISONS[0]
    text = comparison(entity.kind, rule, entity.row, other.row)
    return Span(COMPARISON_TOPIC, text, [text])


def comparable(entity, other):
    rules = entity.kind.COMPARISONS
    return entity is not other and (not rules or comparison(entity.kind, rules[0], entity.row, other.row) is not None)


def compare_by(entity, other):
    topic = compared_aspect(entity.kind)
    return [[e.aspect(topic, e.label()) for e in (entity, other)], [comparison_span(entity, other)]]


def compare(entity, other):
    kind = entity.kind
    first = kind.COMPARE[0]
    second = compared_aspect(kind) if kind.COMPARISONS else kind.COMPARE[1]
    second = kind.COMPARE[1] if second == first else second
    spans = [e.aspect(topic, e.label(topic)) for topic in (first, second) for e in (entity, other)]
    return [spans, [comparison_span(entity, other)]] if kind.COMPARISONS else [spans]


def outside():
    return [[Span(OUTSIDE_TOPIC, OUTSIDE_ANSWER, ["I only know", "cannot answer"])]]


def held_out_pair(entity, other):
    """One pair in eight is never trained on."""
    return zlib.crc32("|".join(sorted((entity.asked, other.asked))).encode()) % 8 == 0


def pick_entity(rng, held_out):
    return rng.choice(ENTITIES) if held_out else rng.choices(ENTITIES, ENTITY_WEIGHTS)[0]


def pick_pair(rng, held_out, needs_rule):
    kinds = [entities for entities in BY_KIND.values() if entities[0].kind.COMPARISONS or not needs_rule]
    shares = [1.0 if held_out else TRAINING_SHARE.get(k[0].kind.KIND, 1.0) for k in kinds]
    entities = rng.choices(kinds, [share * len(k) for share, k in zip(shares, kinds)])[0]
    while True:
        pair = rng.sample(entities, 2)
        if comparable(*pair) and held_out_pair(*pair) == held_out:
            return pair


def has_plural(entity):
    """Things that are counted: "the lion", "a rainbow"."""
    return entity.asked.split(" ")[0] in ("the", "a", "an") and entity.name.islower() and entity.name[-1] != "s"


def plural(name):
    if name.endswith(("x", "sh", "ch")):
        return name + "es"
    if name.endswith("y") and name[-2] not in "aeou":
        return name[:-1] + "ies"
    return name[:-1] + "ves" if name.endswith(("wolf", "calf")) else name + "s"


def question_name(entity, rng: random.Random):
    """Mostly the form with its article; sometimes the bare name where that is not ambiguous."""
    bare = NAME_COUNT[entity.name.lower()] == 1 and entity.asked.endswith(entity.name)
    bare = bare or entity.asked.startswith("the language")
    if rng.random() < 0.08 and has_plural(entity):
        return plural(entity.name)
    return entity.name if bare and rng.random() < 0.3 else entity.asked
