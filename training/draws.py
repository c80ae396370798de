"""Which entities, pairs and aspects a question asks about, at random."""
import zlib

from answers import comparable
from world import BY_KIND, ENTITIES

# Kinds with few entities are drawn more often, because each of their sentences would be seen too rarely.
TRAINING_SHARE = {"musical instrument": 2.0, "organ": 1.7, "programming language": 1.5, "invention": 1.3, "river": 1.8,
                  "world": 1.8, "mountain": 1.4}
ENTITY_WEIGHTS = [TRAINING_SHARE.get(entity.kind.KIND, 1.0) for entity in ENTITIES]
RARE_TOPIC_WEIGHT = 2.5


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


def pick_topics(rng, kind, count):
    """Aspects by weight: those that the answer to "What is X?" leaves out are drawn more often."""
    left, picked = list(kind.ASPECTS), []
    for _ in range(count):
        topic = rng.choices(left, [1.0 if t in kind.BASIC else RARE_TOPIC_WEIGHT for t in left])[0]
        left.remove(topic)
        picked.append(topic)
    return picked
