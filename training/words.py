"""Word lists for the questions: fillers that carry no fact, and names and things that the facts do not cover."""
from lists import listed

FILLERS = """
a able about above actually after again ago almost already also always am an and another answer any anybody anyone
anything are article as ask asked asking at aware away back basic be beautiful because been before beginner being best
better big bit book both boss brief briefly brother but buddy by call called can cannot career certain chat check
child children class clear clearly clever come concise could cool curious currently daughter day dear detailed did do
does doing done doubt down each early easily easy either else email enough essay even ever every exactly exam example
exist explain explanation express extra fact facts fairly family father feel few fill finally find fine first five
folks for forget forgot found four friend friends from fun further game general generally gently get give given giving
glad go going good got grade great greetings guess guide had half hand happen happy hard has have having he hear heard
hello help helpful her here hey hi him his hm hold homework hope how however i idea if important in indeed inform
information instance instead interested interesting into is issue it item its just keep kid kids kind kindly knew know
knowledge known last later learn learned learner learning lecture less lesson let life like likely line list listen
little long longer look looking lot love made main major make making many matter may maybe me mean means mention
message might mind minute moment more morning most mother much must my myself name named near nearly need needed needs
never new next nice night no none normal normally not note notes nothing now number of off often oh ok okay old on
once one only open opinion or order ordinary other our out over own page paper paragraph parents part particular
people perhaps person phrase plain please point points popular possible post precise precisely presentation pretty
principle probably problem project proper provide public pupil put question questions quick quickly quiet quite quiz
rather read reader reading ready real really reason recall recently record regarding related remember remind reply
report request research respond response right room roughly said same save saw say saying says school see seem seen
sentence sentences several shall share she short shortly should show simple simply since single sir sister small so
some somebody someone something sometimes somewhat son soon sorry sort speak specific start state statement still
story student students study studying stuff such sure take talk talking task teach teacher tell telling term terms
test text than thank thanks that the their them then there these they thing things think thinking this those though
three through time tiny tip title to today together told tomorrow tonight too topic toward trivia true truth try
trying twice two type typical typically under understand until up upon us use used useful using usual usually very
view visit wait want wanted wants was way we week well went were what whatever when where whether which while who
whole whom whose why will wish with within without wonder wondering word words work would write writing wrong year
years yes yesterday yet you young your yours yourself essentially basically honestly frankly literally apparently
supposedly hopefully anyway alright assistant bot computer machine expert professor gladly urgently immediately asap
meanwhile folder file document sheet table slide poster newsletter blog website online
""".split()

OUTSIDE = """
Atlantis Wakanda Narnia Mordor Hogwarts Gotham Gondor Westeros Barcelona Munich Chicago Boston Texas Florida
California Bavaria Scotland Yorkshire Siberia Sicily Hamburg Milan Naples Osaka Shanghai Mumbai Sydney Melbourne
Toronto Montreal Vancouver Seattle Miami Dallas Zurich Geneva Lyon Marseille Manchester Liverpool Glasgow Einstein
Newton Darwin Shakespeare Mozart Beethoven Picasso Napoleon Cleopatra Aristotle Plato Socrates Columbus Lincoln
Washington Churchill Gandhi Mandela Tesla Edison Hemingway Tolstoy Kafka Goethe Dante Homer Batman Superman Spiderman
Pikachu Mario Zelda Frodo Gandalf Sherlock Dracula Cinderella Google Microsoft Netflix Facebook Amazon Toyota Ferrari
Volkswagen Samsung Nintendo Disney Starbucks Ikea Lego Nike Adidas Twitter Instagram pizza spaghetti lasagna sushi
hamburger cheesecake pancakes chocolate marmalade mustard ketchup cinnamon broccoli spinach cucumber zucchini avocado
pineapple blueberry lemonade espresso cappuccino whisky champagne football basketball tennis volleyball cricket
badminton chess poker yoga ballet opera jazz reggae guitar violin piano trumpet saxophone drums bicycle motorcycle
airplane helicopter submarine skateboard umbrella sofa wardrobe refrigerator dishwasher toothbrush screwdriver hammer
scissors backpack keyboard laptop smartphone printer microwave blanket pillow carpet curtain candle bottle teapot
unicorn centaur mermaid vampire zombie werewolf goblin troll phoenix democracy capitalism feudalism philosophy
psychology astrology mythology bitcoin blockchain inflation mortgage marriage divorce birthday Christmas Easter
Halloween Ramadan Thanksgiving Monday Wednesday insomnia headache pneumonia diabetes asthma vaccine aspirin surgery
dentist lawyer plumber carpenter librarian astronaut architect accountant kindergarten university parliament
constitution referendum trampoline playground aquarium circus karaoke origami calligraphy knitting pottery gardening
fishing camping snowboarding algebra calculus trigonometry logarithm matrix polynomial theorem integral grammar adverb
pronoun haiku sonnet limerick novel biography newspaper podcast television radio cinema documentary sitcom thriller
comedy Titanic Hindenburg Sputnik Apollo Excalibur Camelot Avalon Troy Babylon Sparta Carthage Pompeii Vikings Samurai
Aztecs Incas Hollywood Broadway Manhattan Brooklyn Disneyland Louvre Colosseum Stonehenge Kremlin Pentagon
cryptocurrency hashtag selfie emoji meme spam firewall router modem bluetooth antenna transistor capacitor battery
turbine gearbox clutch carburetor windshield bumper toaster blender marathon triathlon olympics referee goalkeeper
quarterback wrestling karate judo fencing archery bowling billiards pajamas sweater sneakers sandals necktie bracelet
necklace perfume lipstick shampoo toothpaste mascara haircut tattoo nightmare happiness loneliness jealousy courage
wisdom karma destiny nirvana heaven purgatory paradise ghosts aliens quicksand dandruff hiccups freckles wrinkles
eyelashes mustache elbow ankle kneecap shoulder stomachache sunburn
""".split()

OUTSIDE_HELD_OUT = """
Lothlorien Casablanca Philadelphia Edinburgh Rembrandt Galileo Tchaikovsky Voltaire Pinocchio Godzilla Wikipedia
Porsche Spotify tiramisu burrito croissant cappelletti rugby accordion harmonica scooter hammock flashlight minotaur
leprechaun anarchy sociology tuberculosis antibiotic veterinarian skydiving geometry metaphor telenovela Woodstock
Alcatraz webcam screwdrivers suspenders eyebrow nostalgia friendship weekend bathtub lawnmower stapler crossword
sandcastle scarecrow parachute boomerang kaleidoscope doorbell fireworks ponytail sunglasses
""".split()

SYLLABLES = """
ba be bo bri cra da del dor fa fen flo gar gi gra ha ho ix jo ka kel kro la lim lo ma mel mi nax ne no ol pa pli pro
qua ra ren ri sa shi sko ta tem tri ul va vel vo wa wim xa yo za zel zo
""".split()

CHITCHAT = listed("""
How are you? | How are you doing today? | What is your name? | Who are you? | Who made you? | Are you a robot?
How old are you? | Do you like music? | Tell me a joke. | Sing a song for me. | What time is it?
What day is it today? | What is the weather like today? | Will it rain tomorrow? | Good morning! | Hello! | Hi there
Thank you very much. | Good night. | Do you love me? | What should I eat tonight? | What should I wear?
Can you book a flight for me? | Order a taxi, please. | Write a poem for me. | Write a short story.
Write an email to my boss. | Translate this sentence. | Correct my text. | Write a Python program that sorts a list.
How do I reverse a string? | Fix this bug. | What is the meaning of life? | Who will win the election?
Who won the match last night? | Who is the president? | What is the best movie of all time? | Recommend a good book.
Can you recommend a restaurant? | How do I lose weight? | How do I tie a tie? | Help me with my taxes.
What is the latest news? | Should I buy this stock? | How do I get rich? | Tell me a story. | Let us play a game.
Are you alive? | What is love? | Can you keep a secret? | Where do you live? | Where am I? | Do you sleep?
What did I say before? | Do you agree? | Give me a recipe. | How do I fix my car? | My computer does not start.
How can I learn to dance? | Is there a god? | Why? | What? | I am bored. | I feel sad today. | I love you.
You are funny. | That was wrong. | Say something. | Continue. | Stop. | Test | Roll a dice. | Flip a coin.
Count to ten. | Spell your name. | Draw a picture of a house. | Play some music. | Set an alarm.
""")

CHITCHAT_HELD_OUT = listed("""
How do you feel? | What is my name? | Tell me something funny. | Plan a trip for me. | Are you human?
Who is the best singer? | How do I make friends? | Write a song. | What do you think of me?
Is it going to snow tonight? | Can you drive a car? | Please call my mother. | How much money do I have?
Proofread my letter.
""")

OUTSIDE_TASKS = listed("""
What is {m} plus {n}? | What is {m} times {n}? | Compute {m} minus {n}. | {m} + {n} | {m} * {n} = ?
Divide {m} by {n}. | What is the square root of {m}? | Solve {m} x = {n}. | What happened in the year {m}?
Write a poem about a {z}. | Write a story about {z}. | How do I cook {z}? | Give me a recipe for {z}.
How do I repair a {z}? | Where can I buy {z}? | How much does a {z} cost? | Who invented {z}?
Translate {z} into French. | How do you spell {z}? | What rhymes with {z}? | Do you like {z}? | Is {z} dangerous?
Sing a song about {z}. | Who played {z}? | When was {z} born? | How tall is {z}? | Draw a {z}.
What is the plot of {z}? | Can I eat {z}? | Why is {z} so popular? | Tell me a joke about {z}.
How many people like {z}? | Where is {z}? | Who is {z}? | Who was {z}? | What color is a {z}? | How does a {z} work?
""")
