KIND = "mountain"
NAMES = "asked"
FIELDS = ("name", "asked", "type", "range", "country", "height", "year", "first", "record")
ROWS = """
Mount Everest|Mount Everest|folded mountain|the Himalayas|Nepal and China|8849|1953|Edmund Hillary and Tenzing Norgay|it is the highest mountain on Earth above the sea
Kangchenjunga|Kangchenjunga|folded mountain|the Himalayas|Nepal and India|8586|1955|Joe Brown and George Band|it is the third highest mountain on Earth
Lhotse|Lhotse|folded mountain|the Himalayas|Nepal and China|8516|1956|Ernst Reiss and Fritz Luchsinger|it is the fourth highest mountain on Earth
Annapurna|Annapurna|folded mountain|the Himalayas|Nepal|8091|1950|Maurice Herzog and Louis Lachenal|it was the first peak above eight thousand meters to be climbed
Nanga Parbat|Nanga Parbat|folded mountain|the Himalayas|Pakistan|8126|1953|Hermann Buhl|it has one of the tallest rock and ice walls on Earth
Kilimanjaro|Kilimanjaro|volcano|the volcanoes of eastern Africa|Tanzania|5895|1889|Hans Meyer and Ludwig Purtscheller|it is the highest mountain of Africa
Mont Blanc|Mont Blanc|folded mountain|the Alps|France and Italy|4806|1786|Jacques Balmat and Michel Paccard|it is the highest mountain of the Alps
Matterhorn|the Matterhorn|folded mountain|the Alps|Switzerland and Italy|4478|1865|Edward Whymper and his team|it has a steep form that looks like a pyramid
Eiger|the Eiger|folded mountain|the Alps|Switzerland|3967|1858|Charles Barrington and two guides|it has a dangerous and famous north face
Aconcagua|Aconcagua|folded mountain|the Andes|Argentina|6961|1897|Matthias Zurbriggen|it is the highest mountain of South America
Chimborazo|Chimborazo|volcano|the Andes|Ecuador|6263|1880|Edward Whymper and two guides|its top is the point farthest from the center of Earth
Denali|Denali|folded mountain|the Alaska Range|the United States|6190|1913|Hudson Stuck and his team|it is the highest mountain of North America
Elbrus|Mount Elbrus|volcano|the Caucasus|Russia|5642|1874|a British team with a local guide|it is often called the highest mountain of Europe
Mount Cook|Mount Cook|folded mountain|the Southern Alps|New Zealand|3724|1894|three climbers from New Zealand|it is the highest mountain of New Zealand
"""
ASPECTS = {
    "definition": ("{Asked} is a {type} of {range} with a height of about {height} meters, and it is famous because {record}.", ("type", "range", "height", "record")),
    "height": ("Climbers who want to reach the top of {asked} need good equipment and experience, because its height is about {height} meters above the sea.", ("height",)),
    "location": ("From far away in clear weather people can see {asked}, which belongs to {range}, and on a map it is found in {country}.", ("range", "country")),
    "first ascent": ("The famous first climb of {asked} took place in the year {year}, when the top was reached for the first time by {first}.", ("first", "year")),
    "special feature": ("{Asked} is well known far beyond its own country, and among the mountains of the world it is special because {record}.", ("record",)),
}
BASIC = ("definition", "location", "first ascent", "height")
COMPARE = ("definition", "height", "location")
COMPARISONS = [
    ("height", "height", "{A} is the higher mountain with a height of about {va} meters, while {b} is lower and has a height of about {vb} meters."),
]
ALIASES = {
    "definition": ("description", "overview", "general facts", "type"),
    "height": ("elevation", "altitude", "size", "meters"),
    "location": ("place", "country", "position", "region", "range"),
    "first ascent": ("first climb", "first climbers", "climbing history", "history"),
    "special feature": ("record", "fame", "importance", "special thing"),
}
