"""Answers: which spans, in which rounds, with which facts, for each type of question."""
from dataclasses import dataclass, field

from facts import comparison, fill, sentence

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


def aspect_span(entity, topic, label=None):
    values = [entity.row[f] for f in entity.kind.ASPECTS[topic][1]]
    return Span(label or topic, sentence(entity.kind, entity.row, topic), [entity.name] + values)


def pair_label(entity, topic=None):
    """Topic of a span in an answer about two entities: at most three words."""
    words = [word for word in entity.name.split() if word not in ("the", "of")]
    return " ".join(words[:3] if topic is None else words[:3 - len(topic.split())] + [topic])


def about(entity):
    return [[aspect_span(entity, topic) for topic in entity.kind.BASIC]]


def everything(entity):
    rest = [topic for topic in entity.kind.ASPECTS if topic not in entity.kind.BASIC]
    return [[aspect_span(entity, topic) for topic in list(entity.kind.BASIC) + rest][:5]]


def aspects(entity, topics):
    return [[aspect_span(entity, topic) for topic in topics]]


def both(entity, other, topic):
    return [[aspect_span(e, topic, pair_label(e)) for e in (entity, other)]]


def summary(entity):
    topics, template, fields = SUMMARIES[entity.kind.KIND]
    last = Span(SUMMARY_TOPIC, fill(template, entity.row), [entity.name] + [entity.row[f] for f in fields])
    return [[aspect_span(entity, topic) for topic in topics], [last]]


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
    return [[aspect_span(e, topic, pair_label(e)) for e in (entity, other)], [comparison_span(entity, other)]]


def compare(entity, other):
    kind = entity.kind
    first = kind.COMPARE[0]
    second = compared_aspect(kind) if kind.COMPARISONS else kind.COMPARE[1]
    second = kind.COMPARE[1] if second == first else second
    spans = [aspect_span(e, topic, pair_label(e, topic)) for topic in (first, second) for e in (entity, other)]
    return [spans, [comparison_span(entity, other)]] if kind.COMPARISONS else [spans]


def outside():
    return [[Span(OUTSIDE_TOPIC, OUTSIDE_ANSWER, ["I only know", "cannot answer"])]]
