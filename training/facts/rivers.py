KIND = "river"
NAMES = "asked"
FIELDS = ("name", "asked", "continent", "length", "source", "mouth", "countries", "city", "known")
ROWS = """
Nile|the Nile|Africa|6650|the lakes of eastern Africa|the Mediterranean Sea|Uganda, Sudan and Egypt|Cairo|the ancient culture of Egypt
Amazon|the Amazon River|South America|6400|the mountains of Peru|the Atlantic Ocean|Peru, Colombia and Brazil|Manaus|carrying more water than any other river
Yangtze|the Yangtze|Asia|6300|the high land of Tibet|the East China Sea|China|Shanghai|its deep valleys and the largest dam of the world
Mississippi|the Mississippi|North America|3770|a small lake in Minnesota|the Gulf of Mexico|the United States|New Orleans|its steam boats and its wide delta
Yellow River|the Yellow River|Asia|5464|the high land of Tibet|the Bohai Sea|China|Lanzhou|its yellow mud and its dangerous floods
Congo|the Congo River|Africa|4700|the high land of central Africa|the Atlantic Ocean|several countries of central Africa|Kinshasa|being the deepest river of the world
Niger|the Niger River|Africa|4180|the hills of Guinea|the Atlantic Ocean|Mali, Niger and Nigeria|Bamako|its wide inland delta in the desert
Volga|the Volga|Europe|3530|the hills between Moscow and the Baltic Sea|the Caspian Sea|Russia|Kazan|being the longest river of Europe
Danube|the Danube|Europe|2850|the Black Forest in Germany|the Black Sea|Germany, Austria, Hungary and Romania|Vienna|passing four capital cities
Rhine|the Rhine|Europe|1233|the Alps of Switzerland|the North Sea|Switzerland, France, Germany and the Netherlands|Cologne|its castles, its wine and its many ships
Seine|the Seine|Europe|777|the hills of eastern France|the English Channel|France|Paris|its old bridges and its painters
Thames|the Thames|Europe|346|the hills of southern England|the North Sea|the United Kingdom|London|its bridges and its boat races
Elbe|the Elbe|Europe|1094|the mountains of the Czech Republic|the North Sea|the Czech Republic and Germany|Hamburg|its large harbor and its sandstone rocks
Ganges|the Ganges|Asia|2525|the Himalayas|the Bay of Bengal|India and Bangladesh|Varanasi|being a holy river for many people
Mekong|the Mekong|Asia|4350|the high land of Tibet|the South China Sea|China, Laos, Cambodia and Vietnam|Phnom Penh|its rice fields and its floating markets
Zambezi|the Zambezi|Africa|2574|the hills of Zambia|the Indian Ocean|Zambia, Zimbabwe and Mozambique|Livingstone|the mighty Victoria Falls
Colorado River|the Colorado River|North America|2330|the Rocky Mountains|the Gulf of California|the United States and Mexico|Yuma|the Grand Canyon that it has carved
"""
ASPECTS = {
    "definition": ("{Asked} is a river in {continent} that flows from {source} to {mouth}, and it is known for {known}.", ("continent", "source", "mouth", "known")),
    "length": ("Because the exact source is hard to define, experts give slightly different values, but the length of {asked} is about {length} kilometers.", ("length",)),
    "source": ("Small streams join each other before the water of {asked} starts its long way to the sea, and the river begins in {source}.", ("source",)),
    "mouth": ("Near its mouth {asked} becomes wide and slow and leaves much of its sand and mud, and there it flows into {mouth}.", ("mouth",)),
    "countries": ("One well known city on the banks of {asked} is {city}, and on its way from the source to the mouth the river flows through {countries}.", ("countries", "city")),
    "known for": ("Visitors soon learn what makes {asked} so well known in the whole world, because people connect this river with {known}.", ("known",)),
}
BASIC = ("definition", "length", "countries", "known for")
COMPARE = ("definition", "length", "countries")
COMPARISONS = [
    ("length", "length", "{A} is the longer river with a length of about {va} kilometers, while {b} is shorter and has a length of about {vb} kilometers."),
]
ALIASES = {
    "definition": ("description", "overview", "course", "general facts"),
    "length": ("size", "extent", "kilometers"),
    "source": ("origin", "beginning", "start", "spring"),
    "mouth": ("end", "sea", "delta", "where it ends"),
    "countries": ("cities", "location", "regions", "places on its way", "route"),
    "known for": ("fame", "importance", "special feature", "role in culture"),
}
