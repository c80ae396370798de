"""Wordings of questions. {x}, {y}: entities; {a}, {b}, {c}: aspects; {t}: a compared quantity; {p}: a noun phrase.

A question is greeting + core + closing; a core is often a lead-in before a noun phrase. The HELD_OUT lists are never
trained on: the evaluation composes its questions from them.
"""
from lists import listed

GREETINGS = listed("""
Hi! | Hello, | Hey, | Hey there, | Good morning. | Excuse me, | Quick question: | I have a question. | Question: | Ok,
So, | Well, | Now, | Sorry to bother you, | One more thing: | For a school project: | For my homework: | I am curious:
I'm curious. | I am a student. | I am preparing a quiz. | My son wants to know: | My teacher asked me:
A friend asked me: | Please help me. | Dear assistant, | Alright, | I am writing an essay. | Just wondering,
Out of curiosity, | Help me out: | Listen, | Hmm, | I need your help. | For a friend: | For an exam:
I always wondered, | Briefly: | In short: | Next question: | A simple question: | If you can, | If possible,
To begin with, | First of all, | Be quick: | Here is my question: | For a presentation, | Oh, | Yo,
Good afternoon, | Greetings. | Hi again, | My colleague asks: | My brother asked me: | My sister wants to know:
A child asked me: | For a lecture: | For my blog: | I need help with something. | Time for a question:
Random question: | One question: | Another question. | I read a magazine. | We had an argument at work.
I am learning English. | Right, | Please answer this: | Something for you: | I was asked this in school.
Forgive me, | By the way, | Anyway,
""")
GREETINGS_HELD_OUT = listed("""
Good evening! | May I ask something? | For our class newsletter: | My daughter would like to know: | Actually,
Okay then, | I am reading a book. | Tiny question: | This is for a trivia night. | As a beginner, | Pardon me,
Last question:
""")
CLOSINGS = listed("""
Please be concise. | please | Please. | in short | briefly | Be brief. | Keep it short. | Thanks! | Thank you.
thanks in advance | for a school project | for my homework | for a quiz | for a presentation | I am curious.
I'm just curious. | in simple words | in plain English | in a few words | in a few sentences | for beginners
for kids | if you can | if possible | as short as possible | quickly | I need it for school.
I need to know it today. | My teacher asked. | No long answer, please. | It is important. | I always wanted to know.
I forgot it. | for me | right now | I have an exam tomorrow. | to a child | for a friend | Be precise.
Use simple words. | I would like to learn it. | That would be great. | Help me. | Just the facts.
Only the main points. | Answer in English. | in your own words | One paragraph is enough. | for my notes | again
I am not sure. | You know it. | so I can learn | Write clearly. | as simply as possible | my friend
Do not write too much. | so that I understand it
if you have a minute | before my lesson starts | no rush | in no time | this time | one more time | when you can
as soon as possible | for a class of ten year olds | for my grandmother | in one paragraph | in a small text
in detail | I want to get it right. | I ask for a friend. | It is for a game. | Nothing else.
That would help me a lot. | Cheers! | Tell me the truth. | without difficult words | I read it somewhere.
I do not understand it. | so that a child gets it | for the test next week | Do your best. | for work
for the newspaper | I am new to this. | We discussed it yesterday. | as a teacher would do it | like I am five
with some facts | and be honest | I hope you know it. | at once
if you have time | when there is time | this is the first time I ask | in your free time | whenever you are free
use your own words | I have to use it in class | in a text of normal size | no matter how you say it
I heard the name once. | my source was not good | before I name my own example | at the end of the day
to get an effect of surprise | for the best year of my school | I ask because I care. | it is a special day for me
""")
CLOSINGS_HELD_OUT = listed("""
Make it quick. | That is all I need. | for an essay I write | Many thanks! | without extra words
for my little brother | I have no idea. | A short reply is fine. | as an expert would say it | when you have time
Take your time. | for the exam
""")
ABOUT = listed("""
what is {x} | what exactly is {x} | what's {x} | whats {x} | what are {x} | what is {x} exactly | explain {x}
explain what {x} is | define {x} | {x} | {x} | what does {x} mean | what kind of thing is {x} | tell me about {x}
tell me what {x} is | describe {x} | tell me something about {x} | what do you know about {x}
what can you tell me about {x} | what should i know about {x} | give me an overview of {x} | give an overview of {x}
an overview of {x} | give me some facts about {x} | facts about {x} | some information about {x} | information on {x}
about {x} | more about {x} | teach me about {x} | i want to learn about {x} | i want to know about {x}
i would like to know about {x} | i need information about {x} | write about {x} | introduce {x}
write a paragraph about {x} | write a short text about {x} | let us talk about {x} | let's talk about {x}
do you know {x} | have you heard of {x} | who or what is {x} | say something about {x} | share what you know about {x}
any facts about {x} | what is known about {x} | help me understand {x} | i do not know what {x} is
i have never heard of {x} | explain to me what {x} is | give me a short explanation of {x} | could you explain {x}
can you explain what {x} is | can you tell me about {x} | could you tell me something about {x}
would you describe {x} | i am interested in {x} | i wonder what {x} is | what is this {x} | the thing called {x}
describe what {x} is | what do people mean by {x} | i am reading about {x} | how would you describe {x}
and what about {x} | how about {x} | key facts on {x} | basics of {x} | the basics about {x} | a description of {x}
the description of {x} | general facts about {x} | an introduction to {x} | an explanation of {x}
what is meant by {x} | inform me about {x}
i have to explain {x} to my class | what is the story of {x} | could you say a few words about {x}
{x} please explain | what is it about {x} | i saw {x} in a film | someone mentioned {x} | people talk about {x}
everybody talks about {x} | i read the word {x} | {x}: what does it mean | the meaning of {x} | meaning of {x}
what would you say about {x} | what can be said about {x} | what do we know about {x}
what do scientists know about {x} | fill me in on {x} | walk me through {x} | let me know about {x}
enlighten me about {x} | educate me about {x} | i need to understand {x} | i want to understand {x}
make me understand {x} | how do you explain {x} to a child | how can one describe {x} | can you describe {x}
could you please explain {x} | can you help me understand what {x} is | would you explain {x}
would you tell me about {x} | will you explain {x} | please tell me about {x} | please explain what {x} is
please describe {x} | please give me information about {x} | may i ask what {x} is | may i ask you about {x}
i would love to know what {x} is | i would like to understand {x} | we want to learn about {x}
we talk about {x} in class | my question is about {x} | a question about {x} | the subject is {x} | the topic is {x}
topic: {x} | {x} explained | {x} in short | {x}, explained | some words on {x} | a few words about {x}
a text about {x} | a note on {x} | {x}? never heard of it | {x}? tell me more | so what is {x} then
and {x} is what | can i learn something about {x} | what should everyone know about {x}
what is important about {x} | how do experts describe {x} | who can explain {x} | is {x} something you know
are you able to explain {x} | do you have information about {x} | do you know what {x} is
do you know anything about {x} | can you say what {x} is | could you say what {x} is | i never understood {x}
i am not sure what {x} is | i forgot what {x} is | remind me what {x} is | remind me about {x} | background on {x}
what's the story with {x} | what is up with {x} | what's this {x} thing | what is {x} all about
what sort of thing is {x} | tell me who or what {x} is | please say what {x} is | i'd like to learn about {x}
i would love to learn something about {x} | give me the essentials of {x} | the essentials on {x} | {x} - what is it
{x}: what is it | what would a teacher say about {x} | what would a book say about {x} | what's meant by {x}
i hear a lot about {x}, please explain it | people keep mentioning {x}, so explain it | do you mind explaining {x}
would you mind describing {x} | would you mind saying what {x} is | how would a teacher describe {x}
can you teach me about {x} | could you teach me something about {x} | what is there to know about {x}
is there anything to say about {x} | what's known about {x} | what's the idea of {x} | what's the meaning of {x}
how would one explain {x} | how would people describe {x} | give me an idea of what {x} is
""")
ABOUT_HELD_OUT = listed("""
could you describe {x} for me | please tell me what you know about {x} | i'd love to hear about {x}
what's the deal with {x} | how would you explain {x} | can you teach me what {x} is | give me the basics on {x}
what is there to say about {x} | i keep hearing about {x}, what is it | mind telling me what {x} is
{x}, what is that | what would an expert say about {x}
""")
EVERYTHING = listed("""
tell me everything about {x} | everything about {x} | what is everything you know about {x} | all about {x}
tell me all about {x} | all facts about {x} | give me all the facts about {x} | give me a complete overview of {x}
a full description of {x} | describe {x} completely | explain {x} in full | i want to know everything about {x}
list all facts about {x} | all you know about {x} | show me everything about {x} | complete information about {x}
give me the full picture of {x} | write everything you know about {x} | list everything about {x}
teach me everything about {x}
i need to know everything about {x} | i want all facts about {x} | every fact about {x} | show all facts about {x}
all your facts about {x} | please give me everything about {x} | describe everything about {x}
the complete facts on {x} | can you tell me everything about {x} | could you tell me all about {x}
explain everything about {x} | {x}, all facts | give me a full description of {x}
give me all information about {x} | all information about {x} | {x}: everything | everything on {x}, please
describe {x} in full | teach me all about {x} | write all you know about {x}
""")
EVERYTHING_HELD_OUT = listed("""
i would like to hear everything about {x} | share everything you know on {x} | list all the facts on {x}
can you give me a complete description of {x} | all there is to know about {x}
""")
SUMMARY = listed("""
summarize {x} | summarise {x} | please summarize {x} | give me a summary of {x} | a summary of {x} | summary of {x}
{x} summary | write a summary about {x} | sum up {x} | sum up what you know about {x} | summarize the facts about {x}
summary: {x} | can you summarize {x} | could you give a summary of {x} | i need a summary of {x}
summarize what {x} is | tell me about {x} and sum it up | explain {x} and add a summary | describe {x} with a summary
what is {x}, in summary | give me the facts about {x} and a summary | a quick summary on {x}
show me a summary for {x} | {x}: summary | write a short summary on {x} | make a summary of {x} | would you sum up {x}
i want a summary about {x} | explain {x}, then summarize | summarize {x} for me | how would you summarize {x}
how would you sum up {x}
please give me a summary of {x} | could you summarize {x} | can you sum up {x} | please sum up {x} | sum {x} up
i want {x} summarized | the summary of {x} | summarize everything about {x} | a brief summary of {x}
{x} in summary | give me a short summary of {x} | write up a summary of {x} | i would like a summary of {x}
produce a summary of {x} | summary about {x} | tell me the summary of {x} | {x}, summarized
describe and summarize {x} | summarize all about {x}
""")
SUMMARY_HELD_OUT = listed("""
kindly summarize {x} | please sum up the facts on {x} | provide a summary of {x} | let me have a summary about {x}
could you summarize what you know about {x} | i'd like a summary for {x}
""")
LEAD_INS = listed("""
what is {p} | what are {p} | what's {p} | whats {p} | {p} | {p} | tell me {p} | tell me about {p} | give me {p}
give {p} | name {p} | state {p} | list {p} | show me {p} | show {p} | i want to know {p} | i would like to know {p}
i need {p} | i need to know {p} | do you know {p} | you know {p} | can you tell me {p} | could you tell me {p}
could you give me {p} | would you tell me {p} | can you give me {p} | can you explain {p} | explain {p} | describe {p}
please tell me {p} | please give me {p} | please explain {p} | please describe {p} | let me know {p}
i wonder about {p} | i am asking about {p} | i'm interested in {p} | what about {p} | how about {p} | remind me of {p}
any idea about {p} | what do you know about {p} | information about {p} | help me with {p} | i forgot {p}
i am looking for {p} | look up {p} | find {p} | find out {p} | what can you say about {p} | what would be {p}
which is {p} | may i know {p} | i have to learn {p} | say {p} | mention {p} | write down {p} | write about {p}
teach me {p} | i am curious about {p} | is there something known about {p} | i cannot remember {p} | answer me: {p}
facts on {p} | do you happen to know {p} | what was {p} again | how would you describe {p} | question about {p}
i have to write about {p}
please name {p} | please state {p} | please list {p} | please show me {p} | could you explain {p}
could you describe {p} | would you explain {p} | would you describe {p} | will you tell me {p} | can i know {p}
can you name {p} | can you list {p} | could you name {p} | i wish to know {p} | i'd like to know {p} | i want {p}
i would like {p} | we need {p} | my teacher wants {p} | my friend asks about {p} | they asked me for {p}
it is about {p} | do you have {p} | do you remember {p} | does anyone know {p} | who knows {p} | what exactly is {p}
what exactly are {p} | and what is {p} | so what is {p} | what could be {p} | i try to remember {p}
i should know {p} | i want to learn {p} | answer with {p} | just tell me {p} | just give me {p} | only {p}
quickly name {p} | say a word about {p} | tell us {p} | tell us about {p} | talk about {p} | inform me of {p}
i search for {p} | how do you explain {p} | write {p} | write me {p} | check {p}
""")
LEAD_INS_HELD_OUT = listed("""
could you please name {p} | may i ask for {p} | i'd like to hear {p} | provide {p} | would you mind telling me {p}
are you able to give me {p} | what might be {p} | let's hear {p} | specify {p} | kindly tell me {p} | i must know {p}
somebody asked me about {p} | please inform me about {p} | it would be nice to know {p}
""")
ONE_PHRASES = listed("""
the {a} of {x} | the {a} of {x} | the {a} of {x} | {a} of {x} | {a} of {x} | {x}'s {a} | the {a} for {x} | {x} {a}
{a} {x} | {x}: {a} | {x}, {a} | the {a} that {x} has | {x} and its {a} | {a}, {x} | {x} - {a} | {a} in the case of {x}
its {a}, i mean {x}
the {a} that belongs to {x} | {x} ({a}) | {a} / {x} | the {a} with regard to {x} | {x} in terms of {a}
{a} about {x} | the {a} {x} has | the {a} we know of {x} | what {x} has as its {a} | the {a}, that of {x}
{x}, namely its {a}
""")
ONE_PHRASES_HELD_OUT = listed("""
the {a} belonging to {x} | {a} ({x}) | the {a} when it comes to {x} | {x} with its {a} | the {a} of {x}
the {a} of {x} | {x}'s {a}
""")
TWO_PHRASES = listed("""
the {a} and the {b} of {x} | the {a} and {b} of {x} | {a} and {b} of {x} | {x}'s {a} and {b}
the {a} and also the {b} of {x} | {x}: {a} and {b} | {x}, {a}, {b} | {a} & {b} of {x} | the {a} of {x} and its {b}
{x} {a} and {b} | both the {a} and the {b} of {x} | the {a} of {x} together with the {b} | {a}, {b} of {x}
{a} and {b} for {x} | for {x} the {a} and the {b} | {a} plus {b} of {x}
{x} and its {a} and {b} | the {a} and the {b} for {x} | {x} - {a} and {b} | the {a} of {x} and also its {b}
{a} along with {b} of {x} | the {a}, and also the {b}, of {x} | {x}: the {a}, the {b}
two things of {x}: {a} and {b}
""")
TWO_PHRASES_HELD_OUT = listed("""
the {a} as well as the {b} of {x} | {x} with its {a} and its {b} | {x}'s {a} plus its {b}
the {a} of {x}, and then the {b} | the {a} and the {b} of {x}
""")
THREE_PHRASES = listed("""
the {a}, the {b} and the {c} of {x} | the {a}, {b} and {c} of {x} | {a}, {b} and {c} of {x} | {x}'s {a}, {b} and {c}
{x}: {a}, {b}, {c} | the {a} and {b} of {x} and its {c} | {x}, {a}, {b} and {c} | {a} and {b} and {c} of {x}
for {x} the {a}, the {b} and the {c} | the {a}, {b}, and {c} of {x}
{a}, {b}, {c} of {x} | the {a} of {x}, its {b} and its {c} | {x}: the {a}, the {b} and the {c} | {x} - {a}, {b}, {c}
the {a}, the {b} and also the {c} of {x} | {x}'s {a} and its {b} and {c} | three things of {x}: {a}, {b} and {c}
""")
THREE_PHRASES_HELD_OUT = listed("""
the {a}, the {b} as well as the {c} of {x} | {x} with its {a}, its {b} and its {c} | {x}'s {a}, its {b}, and its {c}
""")
BOTH_PHRASES = listed("""
the {a} of {x} and {y} | the {a} of {x} and of {y} | {a} of {x} and {y} | the {a} of {x} and the {a} of {y}
{x} and {y}: {a} | the {a} for {x} and {y} | the {a} of both {x} and {y} | {a} of {x}, {y} | {x}'s and {y}'s {a}
the {a}, for {x} and for {y} | {a} for both {x} and {y} | {x} and {y} and their {a} | the {a} of {x} as of {y}
{x}, {y}: {a} | the {a} of {x} together with that of {y} | {a}: {x} and {y}
""")
BOTH_PHRASES_HELD_OUT = listed("""
the {a} of {x} and also of {y} | {x}'s {a} and {y}'s {a} | the {a} of {x} plus {y}
""")
COMPARE = listed("""
compare {x} and {y} | compare {x} with {y} | compare {x} to {y} | please compare {x} and {y}
can you compare {x} and {y} | could you compare {x} with {y} | {x} vs {y} | {x} vs. {y} | {x} versus {y}
{x} compared with {y} | {x} compared to {y} | what is the difference between {x} and {y}
difference between {x} and {y} | the difference between {x} and {y} | what are the differences between {x} and {y}
how do {x} and {y} differ | how does {x} differ from {y} | contrast {x} with {y}
tell me the difference between {x} and {y} | tell me how {x} and {y} differ | how does {x} compare with {y}
how does {x} compare to {y} | a comparison of {x} and {y} | give me a comparison of {x} and {y} | comparison: {x}, {y}
make a comparison between {x} and {y} | explain the difference between {x} and {y} | in what way do {x} and {y} differ
i want to compare {x} and {y} | help me compare {x} with {y} | is there a difference between {x} and {y}
{x} and {y} compared | what is different between {x} and {y} | how is {x} different from {y}
are {x} and {y} different | {x} against {y} | write a comparison of {x} and {y}
describe the difference between {x} and {y} | i need a comparison between {x} and {y}
please compare {x} with {y} | would you compare {x} with {y} | will you compare {x} and {y}
i must compare {x} and {y} | comparison of {x} and {y} | comparison between {x} and {y}
please give me a comparison of {x} and {y} | how different are {x} and {y}
what is the main difference between {x} and {y} | list the differences of {x} and {y}
the differences between {x} and {y} | can you contrast {x} and {y} | contrast {x} and {y} | contrast: {x}, {y}
{x} in comparison with {y} | put {x} and {y} side by side and compare | what separates {x} from {y}
do {x} and {y} differ | in what does {x} differ from {y} | let us compare {x} and {y} | compare for me {x} and {y}
""")
COMPARE_HELD_OUT = listed("""
would you compare {x} and {y} for me | what makes {x} different from {y} | kindly compare {x} with {y}
show me the differences between {x} and {y} | please contrast {x} and {y} | in comparison, how are {x} and {y}
provide a comparison of {x} with {y}
""")
COMPARE_BY = listed("""
compare the {t} of {x} and {y} | compare {x} and {y} by {t} | compare the {t} of {x} with the {t} of {y}
{x} vs {y}: {t} | which has the higher {t}, {x} or {y} | which has the greater {t}, {x} or {y}
which has the lower {t}, {x} or {y} | which one has the larger {t}: {x} or {y}
is the {t} of {x} higher than the {t} of {y} | how does the {t} of {x} compare with {y}
does {x} or {y} have the higher {t} | does {x} have a higher {t} than {y} | who has the greater {t}, {x} or {y}
the higher {t}: {x} or {y} | the difference in {t} between {x} and {y} | compare {x} with {y} in terms of {t}
compare {x} to {y} with respect to {t} | is {x} or {y} ahead in {t}, compare them | compare {t}: {x}, {y}
{x} or {y}: higher {t}
compare {x} and {y}: {t} | {x} against {y} in {t} | for {t} compare {x} and {y} | tell me the higher {t}: {x} or {y}
which of the two has the higher {t}, {x} or {y} | which has the larger {t}, {x} or {y}
is the {t} of {x} larger than of {y} | what is the difference in {t} of {x} and {y}
is the {t} of {x} lower than that of {y} | who has the lower {t}, {x} or {y} | {t} of {x} compared with {y}
the {t} of {x} versus the {t} of {y} | by {t}, which is ahead, {x} or {y}
out of {x} and {y}, which has the higher {t} | given {x} and {y}, which has the greater {t}
could you compare the {t} of {x} and {y} | would you compare {x} and {y} in {t} | {x} and {y} compared by {t}
how does {x} differ from {y} in {t} | please compare the {t} of {x} and {y} | can you compare {x} and {y} by {t}
the {t} of {x} and {y}, compared | how different is the {t} of {x} and {y} | taking {x} and {y}, who has the lower {t}
with regard to {t}, compare {x} and {y}
""")
COMPARE_BY_HELD_OUT = listed("""
please compare {x} and {y} on {t} | between {x} and {y}, which has the higher {t}
of {x} and {y}, which one has the greater {t} | can you compare {t} for {x} and {y} | how do {x} and {y} differ in {t}
""")

# Words that decide the type of a question: they are never changed.
KEYWORDS = set("""compare compared comparison difference differences differ differs different versus vs contrast against
everything all complete completely full summary summarize summarise sum higher greater lower larger or both""".split())
