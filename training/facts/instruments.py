KIND = "musical instrument"
NAMES = "asked"
FIELDS = ("name", "asked", "family", "parts", "played", "sound", "music", "origin")
ROWS = """
piano|the piano|keyboard instruments|eighty eight keys, many strings and felt hammers|pressing keys that move hammers against strings|a rich and wide sound|classical music, jazz and pop|Italy around the year 1700
violin|the violin|string instruments|four strings, a wooden body and a bow|drawing a bow across the strings|a bright and singing sound|classical music and folk music|Italy in the sixteenth century
viola|the viola|string instruments|four strings, a wooden body and a bow|drawing a bow across the strings|a warm and dark sound|classical music in orchestras|Italy in the sixteenth century
cello|the cello|string instruments|four thick strings, a large wooden body and a bow|drawing a bow across the strings while sitting|a deep and warm sound|classical music and film music|Italy in the sixteenth century
double bass|the double bass|string instruments|four long strings and a very large wooden body|drawing a bow or pulling the strings with the fingers|a very deep sound|classical music and jazz|Europe in the sixteenth century
guitar|the classical guitar|string instruments|six strings, a neck and a hollow wooden body|pulling the strings with the fingers|a soft and warm sound|classical music, flamenco and folk music|Spain in the nineteenth century
electric guitar|the electric guitar|string instruments|six steel strings, magnets and a solid body|striking the strings with a small piece of plastic|a loud and flexible sound|rock, blues and jazz|the United States around the year 1931
harp|the concert harp|string instruments|forty seven strings, a tall frame and seven pedals|pulling the strings with both hands|a clear and soft sound|classical music in orchestras|France in the early nineteenth century
flute|the modern concert flute|wind instruments|a metal tube with many keys|blowing air across an opening|a clear and bright sound|classical music and jazz|Germany in the nineteenth century
clarinet|the clarinet|wind instruments|a dark wooden tube, keys and a single reed|blowing air past a single reed|a smooth and warm sound|classical music, jazz and folk music|Germany around the year 1700
oboe|the oboe|wind instruments|a narrow wooden tube, keys and a double reed|blowing air through a double reed|a clear and sharp sound|classical music in orchestras|France in the seventeenth century
saxophone|the saxophone|wind instruments|a curved metal tube, keys and a single reed|blowing air past a single reed|a strong and smoky sound|jazz, pop and marching music|Belgium and France around the year 1840
trumpet|the modern trumpet|brass instruments|a long bent metal tube and three valves|blowing with tight lips into a metal cup|a loud and bright sound|classical music, jazz and marching music|Europe in the early nineteenth century
trombone|the trombone|brass instruments|two long metal tubes that slide into each other|blowing with tight lips while moving a slide|a full and powerful sound|classical music, jazz and marching music|Europe in the fifteenth century
tuba|the tuba|brass instruments|a very long and wide metal tube with valves|blowing with loose lips into a large metal cup|a very deep and round sound|marching music and classical music|Germany in the year 1835
accordion|the accordion|keyboard instruments|a folding bag of air, keys and metal reeds|pressing keys while pulling and pushing the bag|a full and cheerful sound|folk music, tango and dance music|Germany and Austria around the year 1825
pipe organ|the pipe organ|keyboard instruments|several keyboards, pedals and hundreds of pipes|pressing keys and pedals that open pipes|a mighty and wide sound|church music and classical music|ancient Greece and Egypt
banjo|the banjo|string instruments|four or five strings and a round body with a skin|pulling the strings quickly with the fingers|a bright and short sound|folk music and country music|Africa and the Caribbean region
sitar|the sitar|string instruments|a long neck, many strings and a round body|pulling the strings with a piece of wire on the finger|a shining and ringing sound|classical music of northern India|India
"""
ASPECTS = {
    "definition": ("{Asked} is one of the {family}, it is played by {played}, and listeners know it for {sound}.", ("family", "played", "sound")),
    "parts": ("Musicians and listeners know the sound of {asked} well, and the main parts that together give it this sound are {parts}.", ("parts",)),
    "playing": ("It usually takes several years of regular practice until musicians can really play {asked} well, and they play it by {played}.", ("played",)),
    "sound": ("Musicians can change the tone of {asked} with their touch, their breath or their strength, and it has {sound}.", ("sound",)),
    "music": ("{Asked} can play a melody alone or support the other instruments of a group, and it is used above all in {music}.", ("music",)),
    "origin": ("Makers of musical instruments have improved the form and the sound of {asked} again and again, and its origin is connected with {origin}.", ("origin",)),
}
BASIC = ("definition", "parts", "music", "origin")
COMPARE = ("definition", "parts", "sound")
COMPARISONS = []
ALIASES = {
    "definition": ("description", "overview", "family", "kind of instrument"),
    "parts": ("construction", "structure", "build", "components"),
    "playing": ("technique", "playing technique", "how it is played", "use"),
    "sound": ("tone", "sound quality", "character"),
    "music": ("style", "styles", "genre", "genres", "typical music"),
    "origin": ("history", "invention", "place of origin", "beginnings"),
}
