"""Questions for an aspect that do not name it, per kind and topic. The last of each list is held out."""
from lists import by_topic

NATURAL = {
    "element": by_topic("""
symbol = what symbol does {x} have | which letters stand for {x} | how is {x} written in the periodic table
| what is {x} called in formulas | which symbol stands for {x}
atomic number = how many protons does {x} have | which number does {x} have | how many protons are in an atom of {x}
| what number is {x} in the periodic table
appearance = what does {x} look like | how does {x} look | is {x} a solid, a liquid or a gas | what color is {x}
| is {x} a gas or a solid | what color does {x} have
use = what is {x} used for | what do people use {x} for | where is {x} used | how is {x} used
| what can you do with {x} | why do we use {x} | what is {x} good for
discovery = who discovered {x} | when was {x} discovered | since when is {x} known | how was {x} found | who found {x}
| when did people discover {x}
"""),
    "country": by_topic("""
capital = what city is the capital of {x} | which city is the capital of {x} | where is the government of {x}
| from which city is {x} governed | what city governs {x}
location = where is {x} | where does {x} lie | where is {x} located | on which continent is {x}
| which countries border {x} | what are the neighbors of {x} | in which part of the world is {x}
| where can i find {x}
language = what language do they speak in {x} | which language is spoken in {x} | what do people speak in {x}
| what language is used in {x}
currency = how do people pay in {x} | what money is used in {x} | which currency do they use in {x}
| what do you pay with in {x} | what currency does {x} have | which money do people use in {x}
size = how big is {x} | how large is {x} | what area does {x} have | how many square kilometers does {x} have
| how much land does {x} have
known for = what is {x} known for | what is {x} famous for | what can i see in {x} | why do people visit {x}
| what do people connect with {x}
"""),
    "world": by_topic("""
size = how big is {x} | how large is {x} | how wide is {x} | what diameter does {x} have
| how many kilometers wide is {x}
orbit = how long does one orbit of {x} take | how long is a year on {x} | what does {x} orbit
| what does {x} move around | how long does {x} need for one orbit
moons = how many moons does {x} have | does {x} have moons | does {x} have a moon | which moons does {x} have
| are there moons around {x}
surface = what does {x} look like | how does the surface of {x} look | what is on {x} | what is on the ground of {x}
| what can be seen on {x}
discovery = who discovered {x} | when was {x} discovered | since when is {x} known | how was {x} found | who found {x}
special feature = what is special about {x} | why is {x} special | what makes {x} special | what is unusual about {x}
"""),
    "animal": by_topic("""
class = what class does {x} belong to | is {x} a mammal or a bird | which family does {x} belong to
| what type of animal is {x} | to which family does {x} belong
diet = what does {x} eat | what does {x} feed on | what do they feed {x} | what does {x} hunt
| what does {x} like to eat
habitat = in what environment does {x} live | in which habitat does {x} live | what kind of home does {x} have
| in what habitat can i find {x}
region = where does {x} live | where can i find {x} | on which continent does {x} live
| in which part of the world does {x} live | where is {x} found | where does {x} come from
special feature = what is special about {x} | what is {x} known for | what makes {x} special | how can i recognize {x}
| what is {x} famous for
weight = how heavy is {x} | how much does {x} weigh | how big is {x} | how many kilograms does {x} weigh
| what does {x} weigh
"""),
    "phenomenon": by_topic("""
cause = what causes {x} | why does {x} happen | how does {x} form | how does {x} come about
| what is the reason for {x} | what creates {x} | why is there {x} | how is {x} formed
location = where does {x} occur | where can i see {x} | where does {x} happen | where is {x} seen
| where do i find {x} | where can one observe {x}
time = when does {x} occur | when can i see {x} | when does {x} happen | at what time can {x} be seen
| in which season does {x} occur | when is {x} seen
effect = what does {x} do | what are the effects of {x} | is {x} dangerous | what happens because of {x}
| what does {x} lead to
"""),
    "programming language": by_topic("""
creator = who created {x} | who made {x} | who designed {x} | who is behind {x} | who invented {x} | who developed {x}
year = when was {x} created | when did {x} first appear | how old is {x} | since when does {x} exist
| when did {x} come out | when was {x} released
use = what is {x} used for | what do people use {x} for | where is {x} used | what can you do with {x}
| what is {x} good for
feature = what is special about {x} | what is {x} known for | why do people choose {x} | what makes {x} good
| what makes {x} special
type system = how is {x} typed | is {x} dynamic or static | what type system does {x} have | which style does {x} use
| what kind of typing does {x} use
"""),
    "invention": by_topic("""
inventor = who invented {x} | who made {x} | who created {x} | who is the inventor behind {x} | who came up with {x}
| who thought of {x}
year = when was {x} invented | how old is {x} | in which year was {x} invented | since when does {x} exist
| what year is {x} from
place = where was {x} invented | where does {x} come from | in which country was {x} invented | where did {x} begin
working = how does {x} work | how is {x} built to work | what is the idea behind {x} | what makes {x} work
| explain how {x} works
effect = what did {x} change | why was {x} important | how did {x} change the world | what came from {x}
| why did {x} matter
"""),
    "organ": by_topic("""
location = where is {x} | where does {x} lie | where can i find {x} | where in the body is {x}
| in which part of the body is {x}
function = what does {x} do | what is {x} for | why do we need {x} | what is the job of {x} | how does {x} work
| what do we need {x} for
interesting fact = what is interesting about {x} | what is special about {x} | what is surprising about {x}
| what is amazing about {x}
problems = what harms {x} | what can harm {x} | what is bad for {x} | what can go wrong with {x}
| what is dangerous for {x}
care = how can i keep {x} healthy | what is good for {x} | how do i protect {x} | what helps {x}
| how can one take care of {x}
"""),
    "musical instrument": by_topic("""
parts = what is {x} made of | which parts does {x} have | what parts does {x} have | how is {x} built
| what does {x} consist of
playing = how do you play {x} | how is {x} played | how does one play {x} | how do musicians play {x}
| how do people play {x}
sound = what does {x} sound like | how does {x} sound | which sound does {x} make | what sound does {x} have
| what kind of sound does {x} make
music = what music is played on {x} | where is {x} used | which music uses {x} | what is {x} used for
| what styles use {x} | in what kind of music is {x} used
origin = where does {x} come from | who invented {x} | when was {x} invented | how old is {x}
| from which country does {x} come | where was {x} invented
"""),
    "river": by_topic("""
length = how long is {x} | how many kilometers does {x} have | how many kilometers long is {x}
| what length does {x} have
source = where does {x} begin | where does {x} start | where does {x} come from | where does {x} rise
| where is the beginning of {x}
mouth = where does {x} end | where does {x} flow | into which sea does {x} flow | what does {x} flow into
| which sea does {x} reach
countries = where is {x} | which countries does {x} flow through | through which countries does {x} flow
| what cities lie on {x} | which city lies on {x} | in which country is {x}
known for = what is {x} known for | what is {x} famous for | why is {x} important | what do people connect with {x}
"""),
    "mountain": by_topic("""
height = how high is {x} | how tall is {x} | how many meters high is {x} | what height does {x} have
| how many meters does {x} have
location = where is {x} | in which country is {x} | where does {x} lie | which range does {x} belong to
| where can i find {x} | to which mountains does {x} belong
first ascent = who climbed {x} first | who first climbed {x} | when was {x} first climbed | who was the first on {x}
| who reached the top of {x} first | when did people first climb {x}
special feature = what is special about {x} | what is {x} known for | why is {x} special | what makes {x} special
| what is {x} famous for
"""),
}

COMPARATIVES = {
    "element": ["more protons", "a higher atomic number"],
    "country": ["larger", "bigger", "smaller"],
    "world": ["larger", "bigger", "smaller"],
    "animal": ["heavier", "lighter", "bigger"],
    "river": ["longer", "shorter"],
    "mountain": ["higher", "taller", "lower"],
    "programming language": ["older", "younger", "newer"],
    "invention": ["older", "younger", "newer"],
}
COMPARATIVE_WORDINGS = [
    "which is {t}, {x} or {y}", "is {x} {t} than {y}", "what is {t}, {x} or {y}", "is {x} or {y} {t}",
    "{t}: {x} or {y}", "which one is {t}: {x} or {y}", "who is {t}, {x} or {y}", "tell me which is {t}, {x} or {y}",
    "do you know if {x} is {t} than {y}", "{x} or {y}, which is {t}", "which of the two is {t}, {x} or {y}",
    "which one is {t}, {x} or {y}", "can you say which is {t}, {x} or {y}", "say which is {t}: {x} or {y}",
    "of the two, {x} and {y}, which is {t}", "i wonder if {x} is {t} than {y}", "is it {x} or {y} that is {t}",
    "please tell me if {x} is {t} than {y}", "would you say {x} is {t} than {y}",
    "given {x} and {y}, which is {t}", "out of {x} and {y}, which one is {t}", "can you tell me if {x} is {t} than {y}",
    "could you tell me which is {t}, {x} or {y}", "i am not sure whether {x} is {t} than {y}",
    "do you think {x} is {t} than {y}", "in your view, which is {t}, {x} or {y}", "which would be {t}, {x} or {y}",
    "what would you say is {t}: {x} or {y}", "is {x} really {t} than {y}", "take {x} and {y}: which is {t}",
    "i think {x} is {t} than {y}, is that right", "find out which is {t}, {x} or {y}",
    "comparing {x} and {y}, who is {t}", "i want to know if {x} or {y} is {t}",
    "do you know whether {x} or {y} is {t}", "who knows which is {t}, {x} or {y}",
]
COMPARATIVE_HELD_OUT = [
    "between {x} and {y}, which is {t}", "could you tell me whether {x} is {t} than {y}",
    "what do you think is {t}, {x} or {y}",
]
POSSESSIVE_WORDINGS = [
    "which has {t}, {x} or {y}", "does {x} have {t} than {y}", "what has {t}, {x} or {y}",
    "does {x} or {y} have {t}", "{t}: {x} or {y}", "which one has {t}: {x} or {y}",
    "tell me which has {t}, {x} or {y}", "{x} or {y}, which has {t}", "which of the two has {t}, {x} or {y}",
    "of the two, {x} and {y}, which has {t}", "i wonder if {x} has {t} than {y}", "say which has {t}: {x} or {y}",
    "please tell me if {x} has {t} than {y}", "is it {x} or {y} that has {t}",
    "given {x} and {y}, which has {t}", "out of {x} and {y}, which one has {t}", "do you think {x} has {t} than {y}",
    "i am not sure whether {x} has {t} than {y}", "could you tell me which has {t}, {x} or {y}",
    "do you know whether {x} or {y} has {t}", "take {x} and {y}: which has {t}", "which would have {t}, {x} or {y}",
]
POSSESSIVE_HELD_OUT = [
    "between {x} and {y}, which has {t}", "could you tell me whether {x} has {t} than {y}",
]
