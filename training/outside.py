"""Questions about what the facts do not cover."""
import words
from names import aspect_word
from phrases import alter_if, fill_slots, noun_phrase
from world import ENTITIES, KINDS

WORLD_NAMES = {name.lower() for e in ENTITIES for name in (e.name, e.asked)}
ASPECT_WORDS = {word for e in KINDS for t in e.ALIASES for a in (t, *e.ALIASES[t]) for word in a.split()}
NAME_WORDS = {word for name in WORLD_NAMES for word in name.split()}


def field_words():
    """Words of the answers that name nothing the facts are about."""
    found = {word.strip(".,") for e in ENTITIES for key, value in e.row.items() if key not in ("name", "asked")
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
    entity = rng.choice(ENTITIES)
    topic = rng.choice(list(entity.kind.ASPECTS))
    wording = lists.natural(rng, entity.kind.KIND, topic) if draw < 0.8 else None
    wording = wording or noun_phrase(rng, lists, lists.pick(rng, "ONE_PHRASES"), altered)
    return fill_slots(wording, dict(slots, a=aspect_word(rng, entity, topic)))
