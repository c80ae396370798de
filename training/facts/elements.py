KIND = "element"
NAMES = "asked"
FIELDS = ("name", "asked", "symbol", "number", "class", "state", "look", "use", "found")
ROWS = """
hydrogen|hydrogen|H|1|nonmetals|gas|a light gas without color or smell|rocket fuel, ammonia production and fuel cells|was recognized in 1766 by Henry Cavendish
helium|helium|He|2|noble gases|gas|a light gas without color or smell|balloons, the cooling of strong magnets and welding|was first seen in the light of the Sun in 1868
lithium|lithium|Li|3|alkali metals|solid|a soft and very light silver metal|batteries for phones and cars, special glass and medicine|was discovered in 1817 by Johan Arfwedson
beryllium|beryllium|Be|4|alkaline earth metals|solid|a hard and light gray metal|light alloys, space telescopes and windows for X rays|was discovered in 1798 by Louis Vauquelin
boron|boron|B|5|metalloids|solid|a hard and dark substance|heat resistant glass, cleaning products and strong fibers|was isolated in 1808 by Humphry Davy and two French chemists
carbon|carbon|C|6|nonmetals|solid|black graphite or clear diamond|steel production, pencils, filters and diamond tools|has been known since ancient times
nitrogen|nitrogen|N|7|nonmetals|gas|a gas without color or smell|fertilizer, the cooling of samples and the packing of food|was discovered in 1772 by Daniel Rutherford
oxygen|oxygen|O|8|nonmetals|gas|a gas without color or smell|breathing support in hospitals, steel production and welding|was discovered in 1774 by Joseph Priestley
fluorine|fluorine|F|9|halogens|gas|a pale yellow and very poisonous gas|fluoride for teeth, cooling liquids and nonstick coatings|was isolated in 1886 by Henri Moissan
neon|neon|Ne|10|noble gases|gas|a gas without color or smell|bright signs, lasers and the cooling of instruments|was discovered in 1898 by William Ramsay and Morris Travers
sodium|sodium|Na|11|alkali metals|solid|a soft silver metal that is easy to cut|street lamps, the cooling of reactors and many common salts|was isolated in 1807 by Humphry Davy
magnesium|magnesium|Mg|12|alkaline earth metals|solid|a light and shiny gray metal|light alloys, bright flares and medicine|was isolated in 1808 by Humphry Davy
aluminum|aluminum|Al|13|metals|solid|a light and soft silver metal|aircraft, drink cans, window frames and power lines|was isolated in 1825 by Hans Christian Oersted
silicon|silicon|Si|14|metalloids|solid|a hard and shiny gray crystal|computer chips, solar cells and glass|was isolated in 1824 by Jons Jakob Berzelius
phosphorus|phosphorus|P|15|nonmetals|solid|a white, red or black substance|fertilizer, matches and cleaning products|was discovered in 1669 by Hennig Brand
sulfur|sulfur|S|16|nonmetals|solid|a bright yellow crystal|sulfuric acid, rubber production and fertilizer|has been known since ancient times
chlorine|chlorine|Cl|17|halogens|gas|a green and yellow gas with a sharp smell|clean drinking water, plastics and bleach|was discovered in 1774 by Carl Wilhelm Scheele
argon|argon|Ar|18|noble gases|gas|a gas without color or smell|welding, lamps and the space between window panes|was discovered in 1894 by Lord Rayleigh and William Ramsay
potassium|potassium|K|19|alkali metals|solid|a soft silver metal that reacts strongly with water|fertilizer, soap and glass|was isolated in 1807 by Humphry Davy
calcium|calcium|Ca|20|alkaline earth metals|solid|a soft and pale gray metal|cement, steel production and food supplements for bones|was isolated in 1808 by Humphry Davy
scandium|scandium|Sc|21|transition metals|solid|a soft silver metal|light aluminum alloys, bright lamps and sports equipment|was discovered in 1879 by Lars Fredrik Nilson
titanium|titanium|Ti|22|transition metals|solid|a strong and light silver metal|aircraft, artificial joints and white paint|was discovered in 1791 by William Gregor
vanadium|vanadium|V|23|transition metals|solid|a hard silver metal|strong steel, tools and large batteries|was discovered in 1801 by Andres Manuel del Rio
chromium|chromium|Cr|24|transition metals|solid|a hard and very shiny metal|stainless steel, shiny coatings and colors for paint|was discovered in 1797 by Louis Vauquelin
manganese|manganese|Mn|25|transition metals|solid|a hard and brittle gray metal|steel production, batteries and aluminum cans|was isolated in 1774 by Johan Gottlieb Gahn
iron|iron|Fe|26|transition metals|solid|a strong gray metal that can rust|steel for buildings, bridges, cars and tools|has been known since ancient times
cobalt|cobalt|Co|27|transition metals|solid|a hard and magnetic gray metal|batteries, blue colors for glass and strong magnets|was discovered around 1735 by Georg Brandt
nickel|nickel|Ni|28|transition metals|solid|a hard silver metal with a slight golden color|stainless steel, coins and batteries|was discovered in 1751 by Axel Cronstedt
copper|copper|Cu|29|transition metals|solid|a soft red and orange metal|electric wires, pipes, motors and coins|has been known since ancient times
zinc|zinc|Zn|30|transition metals|solid|a pale blue and gray metal|the protection of steel against rust, brass and batteries|was isolated in Europe in 1746 by Andreas Marggraf
gallium|gallium|Ga|31|metals|solid|a soft silver metal that melts in the hand|light emitting diodes, computer chips and solar cells|was discovered in 1875 by Paul Lecoq de Boisbaudran
germanium|germanium|Ge|32|metalloids|solid|a hard and brittle gray crystal|fiber cables, infrared lenses and electronic parts|was discovered in 1886 by Clemens Winkler
arsenic|arsenic|As|33|metalloids|solid|a brittle gray substance|electronic parts, special alloys and wood protection|has been known in its compounds since ancient times
selenium|selenium|Se|34|nonmetals|solid|a gray or red substance|glass production, solar cells and food supplements|was discovered in 1817 by Jons Jakob Berzelius
bromine|bromine|Br|35|halogens|liquid|a dark red liquid with a strong smell|fire protection, medicine and water treatment|was discovered in 1826 by Antoine Balard
krypton|krypton|Kr|36|noble gases|gas|a gas without color or smell|lamps, lasers and insulated windows|was discovered in 1898 by William Ramsay and Morris Travers
rubidium|rubidium|Rb|37|alkali metals|solid|a very soft silver metal|atomic clocks, research and special glass|was discovered in 1861 by Robert Bunsen and Gustav Kirchhoff
strontium|strontium|Sr|38|alkaline earth metals|solid|a soft and pale yellow metal|red fireworks, magnets and flares|was isolated in 1808 by Humphry Davy
yttrium|yttrium|Y|39|transition metals|solid|a soft silver metal|lasers, white lamps and strong alloys|was discovered in 1794 by Johan Gadolin
zirconium|zirconium|Zr|40|transition metals|solid|a strong gray metal|nuclear reactors, ceramics and artificial teeth|was discovered in 1789 by Martin Klaproth
niobium|niobium|Nb|41|transition metals|solid|a soft gray metal|strong steel, rocket parts and strong magnets|was discovered in 1801 by Charles Hatchett
molybdenum|molybdenum|Mo|42|transition metals|solid|a hard gray metal|strong steel, hot machine parts and lubricants|was isolated in 1781 by Peter Jacob Hjelm
technetium|technetium|Tc|43|transition metals|solid|a radioactive gray metal|medical images of bones, hearts and other organs|was discovered in 1937 by Carlo Perrier and Emilio Segre
ruthenium|ruthenium|Ru|44|transition metals|solid|a hard silver metal|electric contacts, hard alloys and computer disks|was discovered in 1844 by Karl Ernst Claus
rhodium|rhodium|Rh|45|transition metals|solid|a hard and very shiny silver metal|car exhaust filters, mirrors and shiny jewelry coatings|was discovered in 1804 by William Wollaston
palladium|palladium|Pd|46|transition metals|solid|a soft and shiny silver metal|car exhaust filters, electronic parts and jewelry|was discovered in 1803 by William Wollaston
silver|silver|Ag|47|transition metals|solid|a soft and very shiny white metal|jewelry, coins, mirrors and solar cells|has been known since ancient times
cadmium|cadmium|Cd|48|transition metals|solid|a soft and poisonous metal|batteries, yellow paint and solar cells|was discovered in 1817 by Friedrich Stromeyer
indium|indium|In|49|metals|solid|a very soft silver metal|touch screens, solar cells and low melting alloys|was discovered in 1863 by Ferdinand Reich and Theodor Richter
tin|tin|Sn|50|metals|solid|a soft silver metal|solder, food cans and bronze|has been known since ancient times
antimony|antimony|Sb|51|metalloids|solid|a brittle and shiny gray substance|fire protection, lead batteries and alloys|has been known since ancient times
tellurium|tellurium|Te|52|metalloids|solid|a brittle silver crystal|solar cells, steel alloys and computer disks|was discovered around 1783 by Franz Joseph Muller
iodine|iodine|I|53|halogens|solid|a dark crystal that forms a purple vapor|wound cleaning, medical images and salt for food|was discovered in 1811 by Bernard Courtois
xenon|xenon|Xe|54|noble gases|gas|a heavy gas without color or smell|bright car lamps, space engines and medicine|was discovered in 1898 by William Ramsay and Morris Travers
cesium|cesium|Cs|55|alkali metals|solid|a very soft golden metal|atomic clocks, research and oil drilling|was discovered in 1860 by Robert Bunsen and Gustav Kirchhoff
barium|barium|Ba|56|alkaline earth metals|solid|a soft silver metal|medical images of the stomach, green fireworks and glass|was isolated in 1808 by Humphry Davy
lanthanum|lanthanum|La|57|rare earth metals|solid|a soft silver metal|camera lenses, batteries and oil production|was discovered in 1839 by Carl Gustaf Mosander
cerium|cerium|Ce|58|rare earth metals|solid|a soft gray metal|lighter stones, glass polish and car exhaust filters|was discovered in 1803 by Jons Jakob Berzelius and Wilhelm Hisinger
neodymium|neodymium|Nd|60|rare earth metals|solid|a bright silver metal|very strong magnets, lasers and electric motors|was discovered in 1885 by Carl Auer von Welsbach
samarium|samarium|Sm|62|rare earth metals|solid|a hard silver metal|strong magnets, medicine and nuclear reactors|was discovered in 1879 by Paul Lecoq de Boisbaudran
europium|europium|Eu|63|rare earth metals|solid|a soft silver metal|red light in screens, lamps and safe bank notes|was discovered in 1901 by Eugene Demarcay
gadolinium|gadolinium|Gd|64|rare earth metals|solid|a soft silver metal|medical images, nuclear reactors and magnets|was discovered in 1880 by Jean Charles de Marignac
tungsten|tungsten|W|74|transition metals|solid|a very hard and heavy gray metal|lamp wires, drills and cutting tools|was isolated in 1783 by two Spanish brothers
tantalum|tantalum|Ta|73|transition metals|solid|a hard blue and gray metal|small parts in phones, medical tools and hot engines|was discovered in 1802 by Anders Ekeberg
rhenium|rhenium|Re|75|transition metals|solid|a heavy silver metal|jet engines, hot machine parts and fuel production|was discovered in 1925 by three German chemists
osmium|osmium|Os|76|transition metals|solid|a hard and very heavy blue and gray metal|pen points, electric contacts and hard alloys|was discovered in 1803 by Smithson Tennant
iridium|iridium|Ir|77|transition metals|solid|a hard and very heavy white metal|spark plugs, hard alloys and deep space missions|was discovered in 1803 by Smithson Tennant
platinum|platinum|Pt|78|transition metals|solid|a heavy and shiny white metal|car exhaust filters, jewelry and medicine|was used by ancient people of South America
gold|gold|Au|79|transition metals|solid|a soft and shiny yellow metal|jewelry, coins, electronic contacts and bank reserves|has been known since ancient times
mercury|the element mercury|Hg|80|transition metals|liquid|a heavy and shiny silver liquid|old thermometers, lamps and gold mining|has been known since ancient times
thallium|thallium|Tl|81|metals|solid|a soft and very poisonous gray metal|infrared lenses, medical images and special glass|was discovered in 1861 by William Crookes
lead|lead|Pb|82|metals|solid|a soft and heavy gray metal|car batteries, weights and protection against radiation|has been known since ancient times
bismuth|bismuth|Bi|83|metals|solid|a brittle silver metal with a pink color|stomach medicine, low melting alloys and cosmetics|has been known since ancient times
polonium|polonium|Po|84|metals|solid|a radioactive silver metal|heat sources for space missions and the removal of static charge|was discovered in 1898 by Marie and Pierre Curie
radon|radon|Rn|86|noble gases|gas|a radioactive gas without color or smell|earthquake research, the study of air and old cancer treatment|was discovered around 1900 by Friedrich Ernst Dorn
radium|radium|Ra|88|alkaline earth metals|solid|a radioactive silver metal|old glowing watches and the treatment of cancer|was discovered in 1898 by Marie and Pierre Curie
thorium|thorium|Th|90|actinides|solid|a radioactive silver metal|gas lamps, heat resistant alloys and nuclear research|was discovered in 1828 by Jons Jakob Berzelius
uranium|uranium|U|92|actinides|solid|a heavy and radioactive gray metal|nuclear power, ship reactors and weapons|was discovered in 1789 by Martin Klaproth
neptunium|neptunium|Np|93|actinides|solid|a radioactive silver metal|nuclear research and the production of space batteries|was discovered in 1940 by Edwin McMillan and Philip Abelson
plutonium|plutonium|Pu|94|actinides|solid|a heavy and radioactive silver metal|nuclear power, weapons and space batteries|was discovered in 1940 by Glenn Seaborg and other chemists
americium|americium|Am|95|actinides|solid|a radioactive silver metal|smoke detectors, instruments and research|was discovered in 1944 by Glenn Seaborg and other chemists
"""
ASPECTS = {
    "definition": ("{Asked} is a chemical element with the symbol {symbol} and the atomic number {number}, and in the periodic table it belongs to the {class}.", ("symbol", "number", "class")),
    "symbol": ("In formulas, in equations and in the periodic table a short sign stands for {asked}, and this chemical symbol is {symbol}.", ("symbol",)),
    "atomic number": ("The number of protons that is found in the nucleus of every single atom of {asked}, which chemists call its atomic number, is {number}.", ("number",)),
    "appearance": ("Under normal conditions at room temperature {asked} is a {state}, and in its pure form the element appears as {look}.", ("state", "look")),
    "use": ("Because of its special physical and chemical properties {asked} is needed for many things, and among its best known uses are {use}.", ("use",)),
    "discovery": ("Today every chemist knows {asked} as an element with its own symbol and its own place in the periodic table, and it {found}.", ("found",)),
}
BASIC = ("definition", "appearance", "use", "discovery")
COMPARE = ("definition", "appearance", "use")
COMPARISONS = [
    ("atomic number", "number", "{A} has the higher atomic number, which is {va}, while {b} has the lower atomic number, which is {vb}, so an atom of {a} contains more protons."),
]
ALIASES = {
    "definition": ("meaning", "description", "chemical nature", "class", "group"),
    "symbol": ("chemical symbol", "sign", "letters", "abbreviation"),
    "atomic number": ("number of protons", "protons", "place in the periodic table", "element number"),
    "appearance": ("state", "look", "color", "state at room temperature", "physical state"),
    "use": ("uses", "application", "applications", "purpose", "role in industry"),
    "discovery": ("discoverer", "history", "origin", "discovery year", "finding"),
}
