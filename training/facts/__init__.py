"""The facts of the training answers: one module per kind.

A sentence ends with what it states, where it can. A span is denoised in parallel: words behind a name would need places
before the length of the name is known.
"""
from importlib import import_module

ORDER = ("elements", "countries", "planets", "animals", "phenomena", "languages", "inventions", "organs", "instruments",
         "rivers", "mountains")
KINDS = [import_module("." + name, __name__) for name in ORDER]


def rows(kind):
    """The entities of a kind, each as a dictionary from column to text."""
    lines = [line for line in kind.ROWS.strip().splitlines() if line]
    return [dict(zip(kind.FIELDS, line.split("|"))) for line in lines]


def capital(text):
    return text[:1].upper() + text[1:]


def fill(template, values):
    """Fills a template. {Asked} is {asked} with a capital first letter."""
    capitals = {capital(key): capital(value) for key, value in values.items()}
    return template.format(**{**capitals, **values})


def sentence(kind, row, topic):
    """The sentence of one aspect of one entity."""
    return fill(kind.ASPECTS[topic][0], row)


def comparison(kind, comparison, one, other):
    """The sentence that compares two entities, or None where they are equal."""
    topic, field, template = comparison
    a, b = (one, other) if float(one[field]) > float(other[field]) else (other, one)
    if float(a[field]) == float(b[field]):
        return None
    return fill(template, {"a": a["asked"], "b": b["asked"], "va": a[field], "vb": b[field]})
