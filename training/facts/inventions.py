KIND = "invention"
NAMES = "asked"
FIELDS = ("name", "asked", "what", "inventor", "year", "country", "works", "effect")
ROWS = """
printing press|the printing press|a machine that presses ink onto paper|Johannes Gutenberg|1450|Germany|movable metal letters are covered with ink and pressed onto paper|books became cheap and knowledge could spread quickly
steam engine|the steam engine of James Watt|a machine that turns heat into motion|James Watt|1769|Great Britain|hot steam pushes a piston and a separate chamber cools it|factories and railways could grow quickly
telephone|the telephone|a device that carries the human voice over long distances|Alexander Graham Bell|1876|the United States|the voice is turned into an electric signal and back into sound|people could speak with each other across whole continents
light bulb|the practical light bulb|an electric lamp with a glowing thread|Thomas Edison|1879|the United States|electric current heats a thin thread inside a glass bulb without air|homes and streets could be lit safely at night
phonograph|the phonograph|a machine that records and plays sound|Thomas Edison|1877|the United States|a needle cuts the sound waves into a rotating cylinder|music and voices could be stored for the first time
airplane|the powered airplane|a flying machine with wings and an engine|Orville and Wilbur Wright|1903|the United States|moving air lifts the wings while an engine turns the propellers|people could travel between continents within hours
gasoline car|the gasoline car|a road vehicle with its own engine|Carl Benz|1885|Germany|burning gasoline pushes a piston that turns the wheels|personal travel became fast and free
diesel engine|the diesel engine|an engine that burns oil in hot compressed air|Rudolf Diesel|1893|Germany|air is compressed until it is hot enough to burn the fuel|ships, trucks and trains could run with less fuel
dynamite|dynamite|a strong but fairly safe explosive|Alfred Nobel|1867|Sweden|a liquid explosive is mixed with a soft material that absorbs it|tunnels, mines and railways could be built more quickly
World Wide Web|the World Wide Web|a system of linked pages on the internet|Tim Berners Lee|1989|Switzerland|browsers load pages from servers and follow links between them|knowledge and trade became open to people everywhere
transistor|the transistor|a small switch for electric signals|John Bardeen, Walter Brattain and William Shockley|1947|the United States|a small current or voltage controls a larger current in a crystal|computers and radios became small and cheap
integrated circuit|the integrated circuit|a small chip with many electronic parts|Jack Kilby and Robert Noyce|1958|the United States|many transistors and wires are made together on one crystal|computers became much faster, smaller and cheaper
laser|the laser|a source of narrow and pure light|Theodore Maiman|1960|the United States|excited atoms send out light waves that swing in step|doctors, factories and networks received a precise tool
telescope|the refracting telescope|an instrument that makes distant objects look larger|Hans Lippershey|1608|the Netherlands|two lenses collect light and make the image larger|astronomers could discover moons, planets and stars
mercury barometer|the mercury barometer|an instrument that measures the pressure of the air|Evangelista Torricelli|1643|Italy|air pressure holds up a column of mercury in a glass tube|changes of the weather could be seen in advance
pendulum clock|the pendulum clock|a clock that is controlled by a swinging weight|Christiaan Huygens|1656|the Netherlands|a swinging weight lets the wheels move at a steady rate|time could be measured much more exactly
lightning rod|the lightning rod|a metal rod that protects buildings from lightning|Benjamin Franklin|1752|North America|a metal rod leads the electric charge safely into the ground|houses, churches and ships burned less often
hot air balloon|the hot air balloon|a flying bag that is filled with hot air|Joseph and Etienne Montgolfier|1783|France|hot air is lighter than cool air and lifts the bag|people could fly for the first time
smallpox vaccine|the smallpox vaccine|a medicine that protects people against smallpox|Edward Jenner|1796|Great Britain|a mild related disease teaches the body to defend itself|smallpox could later be removed from the whole world
electric battery|the electric battery|a device that stores and supplies electric energy|Alessandro Volta|1800|Italy|two metals and a salt liquid react and drive a current|scientists had a steady source of current for the first time
stethoscope|the stethoscope|an instrument for hearing sounds inside the body|Rene Laennec|1816|France|a tube carries the sounds of heart and lungs to the ear|doctors could find heart and lung diseases earlier
Braille writing|Braille writing|a system of raised dots for blind readers|Louis Braille|1824|France|six dots in different patterns stand for letters and are read with fingers|blind people could read and write by themselves
sewing machine|the lockstitch sewing machine|a machine that joins cloth with two threads|Elias Howe|1846|the United States|a moving needle and a shuttle lock two threads together|clothing became cheap and could be made in factories
safety elevator|the safety elevator|a lift with a brake that stops a fall|Elisha Otis|1852|the United States|a spring pushes strong hooks into the rails when the rope breaks|very tall buildings became possible
telegraph|the Morse telegraph|a device that sends messages through wires|Samuel Morse|1837|the United States|short and long electric pulses stand for letters|news could cross a country within minutes
safety match|the safety match|a small wooden stick for making fire|Gustaf Erik Pasch|1844|Sweden|the head burns only when it is moved along a special surface|fire could be made easily and with less danger
dynamo|the electric dynamo|a machine that turns motion into electric current|Werner von Siemens|1866|Germany|a coil rotates in a magnetic field that its own current makes stronger|large amounts of electric power became cheap
barbed wire|barbed wire|a steel wire with sharp points|Joseph Glidden|1874|the United States|two twisted wires hold short sharp points in place|farmers could fence large fields at low cost
ballpoint pen|the modern ballpoint pen|a pen with a small rolling ball|Laszlo Biro|1938|Hungary|a small ball rolls in its holder and carries thick ink onto paper|writing became clean, simple and cheap
zipper|the modern zipper|a fastener with two rows of teeth|Gideon Sundback|1913|the United States|a slider joins or separates two rows of small teeth|clothes, bags and boots could be closed quickly
penicillin|penicillin|a medicine against bacteria|Alexander Fleming|1928|Great Britain|it stops bacteria from building their cell walls|many dangerous infections could be cured
X ray imaging|X ray imaging|a method that shows bones inside the body|Wilhelm Roentgen|1895|Germany|rays pass through soft tissue but are stopped by bones|doctors could look inside the body without cutting
radio telegraph|the wireless telegraph|a device that sends messages through the air|Guglielmo Marconi|1896|Great Britain|electric sparks create radio waves that a distant receiver detects|ships at sea could call for help
cinematograph|the cinematograph|a device that records and shows moving pictures|Auguste and Louis Lumiere|1895|France|many pictures are shown so quickly that the eye sees motion|cinema became a popular form of art
air conditioning|modern air conditioning|a system that cools and dries the air|Willis Carrier|1902|the United States|air passes over cold coils where it loses heat and water|people can live and work well in hot regions
assembly line|the moving assembly line|a way of building products step by step|Henry Ford and his team|1913|the United States|a belt moves each product past workers who repeat one step|cars and many other products became cheap
liquid fuel rocket|the liquid fuel rocket|a rocket that burns liquid fuel|Robert Goddard|1926|the United States|burning fuel and oxygen push hot gas out of the back|travel into space became possible
electronic television|electronic television|a system that sends moving pictures by electric signals|Philo Farnsworth|1927|the United States|a beam of electrons scans the picture line by line|news and films came directly into the home
jet engine|the jet engine|an engine that drives aircraft with hot gas|Frank Whittle|1930|Great Britain|air is compressed, heated by burning fuel and pushed out behind|aircraft became much faster and could fly higher
nylon|nylon|a strong artificial fiber|Wallace Carothers|1935|the United States|small molecules are joined into long chains and pulled into threads|strong and cheap clothing and ropes became common
microwave oven|the microwave oven|a kitchen device that heats food quickly|Percy Spencer|1945|the United States|short radio waves make the water molecules in food move faster|meals could be heated within a few minutes
polio vaccine|the first polio vaccine|a medicine that protects children against polio|Jonas Salk|1955|the United States|dead viruses teach the body to defend itself|polio became rare in most parts of the world
computer mouse|the computer mouse|a small device that moves a pointer|Douglas Engelbart|1964|the United States|it measures its motion on a table and moves a pointer on the screen|computers became easy to use for everyone
safety razor|the disposable razor blade|a thin blade for a safe shave|King Camp Gillette|1901|the United States|a thin steel blade is held in a frame that protects the skin|people could shave at home safely and quickly
"""
ASPECTS = {
    "definition": ("Among the inventions that have changed the daily life of many people is {asked}, which is {what}.", ("what",)),
    "inventor": ("Although other people also worked on similar ideas before and after that time, the credit for {asked} is usually given to {inventor}.", ("inventor",)),
    "year": ("{Asked} was improved again and again in the years that followed, but its origin is usually dated to about {year}.", ("year",)),
    "place": ("The new idea of {asked} spread step by step to other parts of the world, but the early work on it is connected with {country}.", ("country",)),
    "working": ("The working of {asked} can be explained in a simple way, because the main idea is that {works}.", ("works",)),
    "effect": ("The lives of many people around the world were changed by {asked}, and its most important effect was that {effect}.", ("effect",)),
}
BASIC = ("definition", "inventor", "year", "working", "effect")
COMPARE = ("definition", "working", "effect")
COMPARISONS = [
    ("age", "year", "{A} is the younger invention with an origin in about {va}, while {b} is the older one with an origin in about {vb}."),
]
ALIASES = {
    "definition": ("meaning", "description", "overview", "purpose"),
    "inventor": ("creator", "maker", "person behind it", "developer"),
    "year": ("date", "time", "invention year", "age"),
    "place": ("country", "location", "place of invention", "country of origin"),
    "working": ("principle", "function", "mechanism", "how it works", "working principle"),
    "effect": ("effects", "importance", "impact", "influence", "consequences", "benefit"),
}
