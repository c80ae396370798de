KIND = "organ"
NAMES = "asked"
FIELDS = ("name", "asked", "is", "place", "system", "function", "fact", "problem", "care")
ROWS = """
heart|the human heart|a strong hollow muscle|in the middle of the chest|blood circulation|it pumps blood through the whole body|it beats about one hundred thousand times a day|blocked blood vessels and high pressure|regular sport and healthy food
brain|the human brain|a soft organ of nerve cells|inside the skull|the nervous system|it controls thoughts, feelings and movements|it uses about one fifth of the energy of the body|a stroke or a strong blow to the head|enough sleep and new tasks
lung|the human lung|a soft organ filled with air|in the chest next to the heart|breathing|it takes oxygen from the air and gives off carbon dioxide|it contains millions of tiny air sacs|smoke, infections and dusty air|clean air and regular sport
liver|the human liver|a large and dark red organ|on the right side below the ribs|digestion|it cleans the blood and makes bile|it can grow again after a part of it is removed|alcohol, viruses and too much fat|little alcohol and healthy food
kidney|the human kidney|a small organ shaped like a bean|at the back of the body below the ribs|the removal of waste|it filters waste and extra water from the blood|one healthy kidney is enough for a normal life|stones, high blood pressure and sugar disease|enough water and little salt
stomach|the human stomach|a hollow organ shaped like a bag|in the upper left part of the belly|digestion|it mixes food with strong acid|it makes new layers that protect it from its own acid|bacteria, stress and some medicines|slow meals and healthy food
small intestine|the small intestine|a long and narrow tube|in the middle of the belly|digestion|it takes sugar, fat and other nutrients into the blood|it is about six meters long in adults|infections and food that the body does not accept|clean food and enough water
large intestine|the large intestine|a wide tube at the end of digestion|around the small intestine in the belly|digestion|it takes water from the remains of food|it is home to a huge number of useful bacteria|infections and growths in its wall|plants with much fiber and regular sport
skin|the human skin|a soft cover with several layers|on the outside of the whole body|protection and touch|it protects the body from germs, dryness and heat|it is the largest organ of the body|strong sunlight, burns and infections|shade, sun cream and gentle soap
eye|the human eye|a round organ filled with clear jelly|in the front of the skull|the senses|it turns light into signals for the brain|it can tell apart millions of colors|a cloudy lens or high pressure inside|good light and regular tests
ear|the human ear|an organ with three main parts|on both sides of the head|the senses|it turns sound into signals and helps with balance|it contains the smallest bones of the body|loud noise, infections and old age|quiet breaks and protection against noise
nose|the human nose|an organ with two openings|in the middle of the face|breathing and smell|it warms, cleans and moistens the air|it can tell apart a very large number of smells|colds, pollen and dry air|clean and moist air
tongue|the human tongue|a soft and flexible muscle|in the mouth|taste and speech|it moves food, tastes it and shapes sounds|it carries thousands of taste buds|burns, infections and a lack of vitamins|clean teeth and healthy food
pancreas|the human pancreas|a long and flat gland|behind the stomach|digestion and hormones|it makes insulin and juices for digestion|it controls the level of sugar in the blood|sugar disease and alcohol|little sugar and little alcohol
spleen|the human spleen|a soft and purple organ|in the upper left part of the belly|the immune system|it filters the blood and removes old red cells|a person can live without it|a strong blow to the belly|protection during sport
bladder|the human bladder|a flexible and hollow muscle|in the lower part of the belly|the removal of waste|it stores urine until it leaves the body|it can hold about half a liter|infections and stones|enough water and clean clothing
skeleton|the human skeleton|a strong frame of more than two hundred bones|inside the whole body|support and movement|it carries the body and protects soft organs|its marrow makes new blood cells|falls, old age and a lack of calcium|regular sport, milk and sunlight
thyroid|the thyroid gland|a small gland shaped like a butterfly|in the front of the neck|hormones|it controls how quickly the body uses energy|it needs iodine from food for its work|a lack of iodine or a wrong immune reaction|fish, milk and salt with iodine
"""
ASPECTS = {
    "definition": ("{Asked} is {is} that lies {place}, and its main task is that {function}.", ("is", "place", "function")),
    "location": ("In the body of every healthy person the place of {asked} is easy to describe, because it is found {place}.", ("place",)),
    "function": ("As a part of the whole body {asked} plays an important role in {system}, and its main function is that {function}.", ("function", "system")),
    "interesting fact": ("Many people are surprised when they first hear an interesting fact about {asked}, which is that {fact}.", ("fact",)),
    "problems": ("People with pain or other signs should ask a doctor for help, because {asked} can be harmed by {problem}.", ("problem",)),
    "care": ("Simple habits can help {asked} for many years, and people support the health of this part of the body with {care}.", ("care",)),
}
BASIC = ("definition", "function", "interesting fact", "problems")
COMPARE = ("definition", "function", "problems")
COMPARISONS = []
ALIASES = {
    "definition": ("description", "overview", "structure", "kind of organ"),
    "location": ("place", "position", "where it is"),
    "function": ("task", "role", "purpose", "work", "functions"),
    "interesting fact": ("special feature", "fun fact", "surprising fact", "curiosity"),
    "problems": ("diseases", "dangers", "disease", "risks", "illness"),
    "care": ("health", "protection", "healthy habits", "prevention"),
}
