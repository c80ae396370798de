"""How questions name entities and aspects."""
from collections import Counter

from world import ALIASES, ENTITIES

NAME_COUNT = Counter(entity.name.lower() for entity in ENTITIES)


def has_plural(entity):
    """Things that are counted: "the lion", "a rainbow"."""
    return entity.asked.split(" ")[0] in ("the", "a", "an") and entity.name.islower() and entity.name[-1] != "s"


def plural(name):
    if name.endswith(("x", "sh", "ch")):
        return name + "es"
    if name.endswith("y") and name[-2] not in "aeou":
        return name[:-1] + "ies"
    return name[:-1] + "ves" if name.endswith(("wolf", "calf")) else name + "s"


PLURALS = {plural(e.name) for e in ENTITIES if has_plural(e)}


def question_name(rng, entity):
    """Mostly the form with its article; sometimes the bare name where that is not ambiguous."""
    bare = NAME_COUNT[entity.name.lower()] == 1 and entity.asked.endswith(entity.name)
    bare = bare or entity.asked.startswith("the language")
    if rng.random() < 0.08 and has_plural(entity):
        return plural(entity.name)
    return entity.name if bare and rng.random() < 0.3 else entity.asked


def aspect_word(rng, entity, topic):
    """The topic itself, or a synonym that means only this topic within the kind."""
    aliases = ALIASES[entity.kind.KIND, topic]
    return topic if rng.random() < 0.5 or not aliases else rng.choice(aliases)
