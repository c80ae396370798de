"""Readers of the word lists."""


def listed(text):
    """wording | wording .., on any number of lines."""
    return [wording.strip() for line in text.strip().splitlines() for wording in line.split("|")]


def by_topic(text):
    """topic = wording | wording ..; a line that begins with a bar continues the one before."""
    wordings = {}
    for line in text.strip().replace("\n|", " |").splitlines():
        topic, wording = line.split(" = ")
        wordings[topic] = listed(wording)
    return wordings
