"""What the facts are about: entities, and the synonyms of their aspects."""
from collections import Counter
from dataclasses import dataclass

from facts import KINDS, rows
from synonyms import SYNONYMS


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


ENTITIES = [Entity(kind, row) for kind in KINDS for row in rows(kind)]
BY_KIND = {kind.KIND: [e for e in ENTITIES if e.kind is kind] for kind in KINDS}
VAGUE_ALIASES = {"description", "overview", "general facts", "explanation", "introduction", "summary"}


def all_aliases(kind, topic):
    return {*kind.ALIASES[topic], *SYNONYMS.get(kind.KIND, {}).get(topic, ())}


def clear_aliases(kind, topic):
    """Synonyms that mean this topic and no other one of the kind."""
    taken = Counter(alias for t in kind.ASPECTS for alias in {t} | all_aliases(kind, t))
    return sorted(a for a in all_aliases(kind, topic) if taken[a] == 1 and a not in VAGUE_ALIASES)


ALIASES = {(kind.KIND, topic): clear_aliases(kind, topic) for kind in KINDS for topic in kind.ASPECTS}
