KIND = "world"
NAMES = "asked"
FIELDS = ("name", "asked", "class", "home", "around", "diameter", "year", "moons", "surface", "found", "special")
ROWS = """
Mercury|the planet Mercury|rocky planet|of the inner Solar System|the Sun|4879|88 days|no moons at all|a gray surface with many craters|has been known since ancient times|it is the smallest planet and the one closest to the Sun
Venus|Venus|rocky planet|of the inner Solar System|the Sun|12104|225 days|no moons at all|a very hot surface below thick clouds|has been known since ancient times|it is the hottest planet and it spins backward
Earth|Earth|rocky planet|of the inner Solar System|the Sun|12742|365 days|one large moon|oceans, continents and ice at the poles|has been known as long as people have existed|it is the only known world with life
Mars|Mars|rocky planet|of the inner Solar System|the Sun|6779|687 days|two small moons|a red and dusty surface with huge volcanoes|has been known since ancient times|it has the tallest known volcano of all planets
Jupiter|Jupiter|gas giant|of the outer Solar System|the Sun|139820|12 years|more than ninety known moons|bands of clouds and no solid ground|has been known since ancient times|it is the largest planet and has a giant red storm
Saturn|Saturn|gas giant|of the outer Solar System|the Sun|116460|29 years|more than one hundred known moons|pale yellow clouds and no solid ground|has been known since ancient times|it has the brightest and widest rings of all planets
Uranus|Uranus|giant planet|of the outer Solar System|the Sun|50724|84 years|more than twenty known moons|pale blue clouds and no solid ground|was discovered in 1781 by William Herschel|it rotates on its side like a rolling ball
Neptune|Neptune|giant planet|of the outer Solar System|the Sun|49244|165 years|more than ten known moons|deep blue clouds and no solid ground|was discovered in 1846 by Johann Galle|it is the planet with the strongest winds
Pluto|Pluto|dwarf planet|of the outer Solar System|the Sun|2377|248 years|five known moons|mountains of ice and a bright plain shaped like a heart|was discovered in 1930 by Clyde Tombaugh|it was counted as a planet until 2006
Ceres|Ceres|dwarf planet|of the asteroid belt|the Sun|940|5 years|no known moons|a dark surface with craters and bright salt spots|was discovered in 1801 by Giuseppe Piazzi|it is the largest object of the asteroid belt
Eris|Eris|dwarf planet|of the outer Solar System|the Sun|2326|559 years|one known moon|a bright surface of frozen gas|was discovered in 2005 by Mike Brown and his team|it has more mass than Pluto
Makemake|Makemake|dwarf planet|of the outer Solar System|the Sun|1430|306 years|one known moon|a red and bright surface of frozen gas|was discovered in 2005 by Mike Brown and his team|it is named after a god of Easter Island
the Moon|the Moon|natural moon|of the inner Solar System|Earth|3474|27 days|no moons of its own|gray dust, craters and dark plains|has been known as long as people have existed|it is the only other world that people have walked on
Io|Io|large moon|of the outer Solar System|Jupiter|3643|2 days|no moons of its own|yellow plains of sulfur and many volcanoes|was discovered in 1610 by Galileo Galilei|it has more active volcanoes than any other known world
Europa|Europa|large moon|of the outer Solar System|Jupiter|3122|4 days|no moons of its own|smooth ice with long brown cracks|was discovered in 1610 by Galileo Galilei|it probably hides an ocean of salt water below its ice
Ganymede|Ganymede|large moon|of the outer Solar System|Jupiter|5268|7 days|no moons of its own|dark and bright areas of old ice|was discovered in 1610 by Galileo Galilei|it is the largest moon of all planets
Callisto|Callisto|large moon|of the outer Solar System|Jupiter|4821|17 days|no moons of its own|old and dark ice covered by craters|was discovered in 1610 by Galileo Galilei|it has one of the oldest surfaces that we know
Titan|Titan|large moon|of the outer Solar System|Saturn|5150|16 days|no moons of its own|lakes of liquid methane below an orange sky|was discovered in 1655 by Christiaan Huygens|it is the only moon with a thick atmosphere
Enceladus|Enceladus|small moon|of the outer Solar System|Saturn|504|33 hours|no moons of its own|bright white ice with long cracks|was discovered in 1789 by William Herschel|it shoots jets of water and ice into space
Triton|Triton|large moon|of the outer Solar System|Neptune|2707|6 days|no moons of its own|pink frozen nitrogen and dark spots|was discovered in 1846 by William Lassell|it moves around its planet in the backward direction
"""
ASPECTS = {
    "definition": ("{Asked} is a {class} {home}, it moves around {around} on a regular orbit, and {special}.", ("class", "home", "special")),
    "size": ("From one side to the other, on a straight line through its center, {asked} has a diameter of about {diameter} kilometers.", ("diameter",)),
    "orbit": ("{Asked} moves around {around}, and for one complete orbit, until it comes back to the same point of its path, it needs about {year}.", ("around", "year")),
    "moons": ("As far as astronomers have counted with large telescopes and space missions, {asked} is a {class} with {moons}.", ("moons",)),
    "surface": ("When astronomers look closely at {asked} with telescopes and space missions, this {class} is easy to recognize, because they see {surface}.", ("surface",)),
    "discovery": ("With better telescopes and with missions through space astronomers still study {asked} today, and this {class} {found}.", ("found",)),
    "special feature": ("Among all the worlds of the Solar System {asked} is interesting for scientists, and it is special because {special}.", ("special",)),
}
BASIC = ("definition", "surface", "orbit", "size")
COMPARE = ("definition", "surface", "size")
COMPARISONS = [
    ("size", "diameter", "{A} is the larger world with a diameter of about {va} kilometers, while {b} is the smaller one with about {vb} kilometers."),
]
ALIASES = {
    "definition": ("description", "overview", "kind of world", "type"),
    "size": ("diameter", "width", "extent", "dimensions"),
    "orbit": ("path", "year", "length of a year", "orbital period", "motion"),
    "moons": ("number of moons", "satellites", "moon count"),
    "surface": ("ground", "appearance", "look", "landscape"),
    "discovery": ("discoverer", "history", "discovery year", "finding"),
    "special feature": ("record", "special thing", "unusual feature", "importance"),
}
