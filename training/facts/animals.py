KIND = "animal"
NAMES = "asked"
FIELDS = ("name", "asked", "class", "family", "diet", "habitat", "region", "feature", "weight")
ROWS = """
tiger|the tiger|mammals|cat family|deer and wild pigs|forests and tall grass|Asia|its orange coat with black stripes|200
lion|the lion|mammals|cat family|zebras and antelopes|open grassland|Africa and a small part of India|the thick mane of the males|190
leopard|the leopard|mammals|cat family|antelopes, monkeys and birds|forests, mountains and grassland|Africa and Asia|its spots and its skill in climbing trees|60
cheetah|the cheetah|mammals|cat family|small antelopes and hares|open grassland|Africa and Iran|its speed as the fastest runner on land|50
jaguar|the jaguar|mammals|cat family|deer, fish and reptiles|rainforest and wet lowlands|Central and South America|its spotted coat and its very strong bite|80
snow leopard|the snow leopard|mammals|cat family|wild sheep and goats|high and cold mountains|central Asia|its thick gray coat and its long tail|45
wolf|the wolf|mammals|dog family|deer, elk and smaller mammals|forests, mountains and tundra|North America, Europe and Asia|its life in packs and its loud howl|40
red fox|the red fox|mammals|dog family|mice, birds and berries|forests, fields and cities|North America, Europe and Asia|its red coat and its bushy tail|7
polar bear|the polar bear|mammals|bear family|seals|sea ice and cold coasts|the Arctic|its white fur and its skill in swimming|450
brown bear|the brown bear|mammals|bear family|roots, berries, fish and insects|forests and mountains|North America, Europe and Asia|its strong shoulders and its long winter sleep|250
giant panda|the giant panda|mammals|bear family|bamboo|cool mountain forests|central China|its black and white fur|100
African elephant|the African elephant|mammals|elephant family|grass, leaves and bark|grassland and forests|Africa|its long trunk and its very large ears|6000
Asian elephant|the Asian elephant|mammals|elephant family|grass, leaves and fruit|forests and grassland|southern Asia|its long trunk and its smaller ears|4000
giraffe|the giraffe|mammals|giraffe family|leaves of tall trees|open grassland with trees|Africa|its very long neck and legs|1100
hippopotamus|the hippopotamus|mammals|hippopotamus family|grass|rivers and lakes|Africa|its huge mouth and its long hours in the water|1500
white rhinoceros|the white rhinoceros|mammals|rhinoceros family|grass|open grassland|southern Africa|its two horns and its wide lips|2000
zebra|the zebra|mammals|horse family|grass|open grassland|Africa|its black and white stripes|300
horse|the horse|mammals|horse family|grass and hay|grassland and farms|nearly all parts of the world|its speed and its long service to people|500
camel|the camel|mammals|camel family|dry grass and thorny plants|hot and dry deserts|northern Africa and Asia|its humps and its long survival without water|500
llama|the llama|mammals|camel family|grass and leaves|high mountain grassland|South America|its soft wool and its work as a pack animal|150
moose|the moose|mammals|deer family|leaves, twigs and water plants|cold northern forests|North America, Europe and Asia|the very wide antlers of the males|450
reindeer|the reindeer|mammals|deer family|grass, leaves and lichen|tundra and cold forests|the Arctic and the far north|antlers that grow on males and females alike|120
gorilla|the gorilla|mammals|great ape family|leaves, stems and fruit|tropical forests|central Africa|its great strength and its calm family groups|160
chimpanzee|the chimpanzee|mammals|great ape family|fruit, leaves and insects|tropical forests|western and central Africa|its clever use of simple tools|50
orangutan|the orangutan|mammals|great ape family|fruit, leaves and bark|tropical rainforest|Borneo and Sumatra|its red hair and its very long arms|75
kangaroo|the kangaroo|mammals|kangaroo family|grass and leaves|dry grassland and open forests|Australia|its long jumps and the pouch for its young|60
koala|the koala|mammals|koala family|leaves of eucalyptus trees|eucalyptus forests|Australia|its long hours of sleep in the trees|10
beaver|the beaver|mammals|beaver family|bark, twigs and water plants|rivers and lakes with trees|North America, Europe and Asia|its flat tail and the dams that it builds|20
blue whale|the blue whale|mammals|group of baleen whales|tiny krill|open oceans|nearly all oceans of the world|its size as the largest animal on Earth|130000
humpback whale|the humpback whale|mammals|group of baleen whales|krill and small fish|open oceans and coasts|nearly all oceans of the world|its long songs and its high jumps|30000
sperm whale|the sperm whale|mammals|group of toothed whales|squid and large fish|deep oceans|nearly all oceans of the world|its very large head and its deep dives|40000
orca|the orca|mammals|dolphin family|fish, seals and even whales|cold and warm oceans|nearly all oceans of the world|its black and white body and its hunting in groups|5000
bottlenose dolphin|the bottlenose dolphin|mammals|dolphin family|fish and squid|warm seas and coasts|warm oceans around the world|its intelligence and its clicking sounds|300
walrus|the walrus|mammals|walrus family|clams and other sea animals|sea ice and cold coasts|the Arctic|its two long tusks and its whiskers|1200
sea otter|the sea otter|mammals|weasel family|sea urchins, clams and crabs|cold coasts with kelp|the northern Pacific Ocean|its very dense fur and its use of stones as tools|30
giant anteater|the giant anteater|mammals|anteater family|ants and termites|grassland and forests|Central and South America|its long tongue and its bushy tail|35
bald eagle|the bald eagle|birds|hawk family|fish and smaller animals|lakes, rivers and coasts|North America|its white head and its sharp eyes|5
ostrich|the ostrich|birds|ostrich family|seeds, grass and leaves|open grassland and dry land|Africa|its size as the largest living bird|110
emperor penguin|the emperor penguin|birds|penguin family|fish, krill and squid|sea ice and cold water|Antarctica|its care for a single egg in the cold winter|30
snowy owl|the snowy owl|birds|owl family|lemmings and other small animals|open tundra|the Arctic and the far north|its white feathers and its yellow eyes|2
flamingo|the greater flamingo|birds|flamingo family|small shrimp and algae|shallow salt lakes|Africa, Europe and Asia|its pink feathers and its long thin legs|3
mute swan|the mute swan|birds|duck family|water plants|lakes and slow rivers|Europe and Asia|its white feathers and its orange beak|10
wandering albatross|the wandering albatross|birds|albatross family|squid and fish|open oceans and lonely islands|the southern oceans|the widest wings of all living birds|8
emu|the emu|birds|emu family|seeds, fruit and insects|grassland and open forests|Australia|its great height and its fast running|40
Nile crocodile|the Nile crocodile|reptiles|crocodile family|fish, birds and large mammals|rivers, lakes and swamps|Africa|its strong jaws and its hard scales|400
American alligator|the American alligator|reptiles|alligator family|fish, turtles and mammals|rivers, lakes and swamps|the southeastern United States|its wide snout and its dark scales|300
Komodo dragon|the Komodo dragon|reptiles|monitor lizard family|deer, pigs and dead animals|dry grassland and forests|a few islands of Indonesia|its size as the largest living lizard|70
green anaconda|the green anaconda|reptiles|boa family|fish, birds and mammals|swamps and slow rivers|South America|its size as one of the heaviest snakes|60
green sea turtle|the green sea turtle|reptiles|sea turtle family|sea grass and algae|warm coasts and oceans|warm oceans around the world|its long journeys to the beach of its birth|150
giant tortoise|the Galapagos tortoise|reptiles|tortoise family|grass, leaves and cactus|dry islands|the Galapagos Islands|its long life of more than one hundred years|250
goliath frog|the goliath frog|amphibians|group of frogs|insects, crabs and small animals|rivers with strong currents|western Africa|its size as the largest living frog|3
giant salamander|the Chinese giant salamander|amphibians|salamander group|fish, frogs and crabs|cold mountain rivers|China|its size as one of the largest amphibians|30
great white shark|the great white shark|fish|group of sharks|fish, seals and dolphins|cool coasts and oceans|nearly all oceans of the world|its sharp teeth and its fine sense of smell|1000
whale shark|the whale shark|fish|group of sharks|plankton and small fish|warm open oceans|warm oceans around the world|its size as the largest living fish|15000
Atlantic salmon|the Atlantic salmon|fish|salmon family|insects, shrimp and small fish|rivers and oceans|the North Atlantic region|its long journey back to the river of its birth|5
giant squid|the giant squid|mollusks|group of squids|fish and other squids|the deep sea|nearly all oceans of the world|its huge eyes and its long arms|200
"""
ASPECTS = {
    "definition": ("{Asked} is an animal of the {family} that feeds mainly on {diet}, and people know it best for {feature}.", ("family", "diet", "feature")),
    "class": ("In biology {asked} is counted among a larger group of related animals, the {class}, and it belongs more exactly to the {family}.", ("class", "family")),
    "diet": ("The energy that {asked} needs to grow and to move comes from its food, and by nature this animal feeds mainly on {diet}.", ("diet",)),
    "habitat": ("As a place with enough food, water and shelter for its young, the natural habitat of {asked} is made up of {habitat}.", ("habitat",)),
    "region": ("Scientists who study how these animals live, how they feed and how they grow up can find {asked} in {region}.", ("region",)),
    "special feature": ("Before they describe anything else, people who study animals often mention the special feature of {asked}, which is {feature}.", ("feature",)),
    "weight": ("Although the exact weight depends on the age and the food of the animal, as an adult {asked} can reach about {weight} kilograms.", ("weight",)),
}
BASIC = ("definition", "diet", "habitat", "region")
COMPARE = ("definition", "diet", "habitat")
COMPARISONS = [
    ("weight", "weight", "{A} is the heavier animal with a weight of about {va} kilograms, while {b} is lighter and reaches a weight of about {vb} kilograms."),
]
ALIASES = {
    "definition": ("description", "overview", "kind of animal", "general facts"),
    "class": ("family", "classification", "biological group", "animal class", "relatives"),
    "diet": ("food", "prey", "nutrition", "feeding", "eating habits"),
    "habitat": ("home", "environment", "natural habitat", "living space"),
    "region": ("range", "distribution", "location", "continent", "where it lives"),
    "special feature": ("appearance", "look", "striking feature", "characteristic", "fame"),
    "weight": ("size", "mass", "body weight", "heaviness"),
}
