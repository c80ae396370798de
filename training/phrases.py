"""The wording of a question: lists to choose from, changes that leave the meaning alone, greeting and closing."""
import natural
import wordings as w
import words
from facts import capital
from names import PLURALS


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


def misspell(rng, word):
    """Two letters change places, or one is lost."""
    at = rng.randrange(len(word) - 1)
    return word[:at] + (word[at + 1] + word[at] if rng.random() < 0.5 else word[at + 1]) + word[at + 2:]


def alter_fillers(rng, template, rate):
    """Drops, replaces or adds words without meaning. Slots and keywords stay."""
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


def alter_if(rng, template, altered):
    return alter_fillers(rng, template, rng.choice((0.05, 0.1, 0.2))) if altered else template


def noun_phrase(rng, lists, template, altered):
    return alter_if(rng, lists.pick(rng, "LEAD_INS"), altered).replace("{p}", alter_if(rng, template, altered))


def fill_slots(template, slots):
    if slots.get("x") in PLURALS:
        for singular, many in (("does {x}", "do {x}"), ("is {x}", "are {x}"), ("has {x}", "have {x}")):
            template = template.replace(singular, many)
    for key, value in slots.items():
        template = template.replace("{" + key + "}", value)
    return template


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
