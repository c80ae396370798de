"""More synonyms of the aspects, beside the aliases in `facts`. Only questions use them."""
from lists import by_topic

SYNONYMS = {
    "element": by_topic("""
symbol = chemical abbreviation | formula sign | short name | short form | one or two letters
atomic number = proton count | ordinal number | number in the periodic table | how many protons it has
appearance = colour | form | what it looks like | visible form | aggregate state
use = usage | practical uses | practical value | what it is used for | industrial use
discovery = year of discovery | finder | who found it | who discovered it | when it was discovered
"""),
    "country": by_topic("""
capital = capital town | chief city | government city | name of the capital | the capital
location = whereabouts | neighbours | bordering countries | neighboring countries | where it lies | spot on the map
language = tongue | speech | what people speak | spoken words | official tongue
currency = cash | coins | banknotes | kind of money | what people pay with
size = surface area | territory | square kilometers | how big it is | total area
known for = highlights | reputation | what it is famous for | famous things | tourist sights
"""),
    "world": by_topic("""
size = how big it is | kilometers across | measure | thickness
orbit = trip around its center | revolution | time for one orbit | orbit time | how long its year is
moons = number of satellites | companions | how many moons it has | moon number
surface = terrain | exterior | what it looks like | outer layer
discovery = discovery date | finder | who found it | when it was found
special feature = peculiarity | distinction | what makes it special | specialty | highlight
"""),
    "animal": by_topic("""
class = species group | taxonomy | type of animal | animal group | animal family
diet = meals | menu | what it eats | favorite food | favourite food | meal
habitat = dwelling | natural home | living environment | kind of landscape | surroundings
region = area of distribution | part of the world | homeland | native region | where to find it
special feature = trademark | distinguishing mark | specialty | highlight | what it is known for
weight = kilograms | maximum weight | how heavy it is | how much it weighs | adult weight
"""),
    "phenomenon": by_topic("""
cause = trigger | why it happens | background | mechanism | source | science behind it
location = area | where to see it | where it happens | spot
time = moment | period | when to see it | time of year | when it happens | hours
effect = result | outcome | influence | what it does | effect on people
"""),
    "programming language": by_topic("""
creator = father | maker | who made it | founder | who created it | person behind it
year = birth year | launch | release date | year of birth | when it was created | start year
use = field of use | usage | what it is used for | use cases | area of use
feature = hallmark | main strength | trademark | selling point | special thing | what it is known for
type system = type checking | typing discipline | programming paradigm | code style | kind of typing
"""),
    "invention": by_topic("""
inventor = originator | father | who invented it | who made it | name of the inventor
year = invention date | birth year | when it was invented | date of invention | period
place = birthplace | nation | land | where it was invented | homeland
working = way it works | operation | inner working | mode of operation | technology | idea behind it
effect = result | legacy | outcome | change it brought | role in history | what it changed
"""),
    "organ": by_topic("""
location = spot | site | where it lies | whereabouts
function = job | duty | what it does | what it is for | activity
interesting fact = amazing fact | little known fact | something interesting | trivia | special thing
problems = disorders | ailments | threats | health problems | what harms it | sickness
care = tips | support | care tips | how to keep it healthy | advice | what is good for it
"""),
    "musical instrument": by_topic("""
parts = pieces | elements | what it is made of | materials | what it consists of
playing = way of playing | handling | how to play it | method of playing | how one plays it
sound = timbre | voice | acoustics | what it sounds like | how it sounds
music = musical styles | repertoire | kinds of music | where it is used | music styles
origin = birthplace | roots | where it comes from | country of origin | past
"""),
    "river": by_topic("""
length = how long it is | total length | distance | number of kilometers
source = headwaters | where it starts | springs | where it begins | upper end
mouth = outlet | where it flows | lower end | which sea it reaches
countries = states | path | nearby cities | lands | countries it crosses
known for = reputation | what it is famous for | what it is known for | role in history
"""),
    "mountain": by_topic("""
height = how high it is | summit height | how tall it is | number of meters
location = mountain range | whereabouts | where it is | where it lies | home country
first ascent = first conquest | who climbed it first | pioneers | first people on top | year of the first climb
special feature = claim to fame | distinction | peculiarity | what makes it special | what it is known for
"""),
}
