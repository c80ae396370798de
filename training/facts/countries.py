KIND = "country"
NAMES = "asked"
FIELDS = ("name", "asked", "capital", "region", "continent", "border", "language", "currency", "area", "known")
ROWS = """
France|France|Paris|western Europe|Europe|borders Spain, Germany and Italy|French|euro|550|the Eiffel Tower, wine and cheese
Germany|Germany|Berlin|central Europe|Europe|borders France, Poland and Austria|German|euro|357|cars, beer and old castles
Italy|Italy|Rome|southern Europe|Europe|borders France, Switzerland and Austria|Italian|euro|301|the Colosseum, pizza and pasta
Spain|Spain|Madrid|southern Europe|Europe|borders France and Portugal|Spanish|euro|506|flamenco, warm beaches and football
Portugal|Portugal|Lisbon|southern Europe|Europe|borders Spain and the Atlantic Ocean|Portuguese|euro|92|port wine, cork and painted tiles
the United Kingdom|the United Kingdom|London|northern Europe|Europe|borders Ireland and the North Sea|English|pound|244|Big Ben, tea and football
Ireland|Ireland|Dublin|northern Europe|Europe|borders the United Kingdom and the Atlantic Ocean|English|euro|70|green hills, pubs and folk music
the Netherlands|the Netherlands|Amsterdam|western Europe|Europe|borders Germany and Belgium|Dutch|euro|42|tulips, windmills and canals
Belgium|Belgium|Brussels|western Europe|Europe|borders France, Germany and the Netherlands|Dutch|euro|31|chocolate, waffles and beer
Luxembourg|Luxembourg|Luxembourg City|western Europe|Europe|borders France, Germany and Belgium|Luxembourgish|euro|3|banks, old forts and green valleys
Switzerland|Switzerland|Bern|central Europe|Europe|borders France, Germany and Italy|German|Swiss franc|41|the Alps, watches and chocolate
Austria|Austria|Vienna|central Europe|Europe|borders Germany, Italy and Hungary|German|euro|84|classical music, the Alps and cakes
Poland|Poland|Warsaw|central Europe|Europe|borders Germany, Ukraine and Lithuania|Polish|zloty|313|amber, salt mines and old cities
the Czech Republic|the Czech Republic|Prague|central Europe|Europe|borders Germany, Poland and Austria|Czech|koruna|79|beer, glass and old castles
Slovakia|Slovakia|Bratislava|central Europe|Europe|borders Poland, Hungary and Ukraine|Slovak|euro|49|high mountains, caves and castles
Hungary|Hungary|Budapest|central Europe|Europe|borders Austria, Slovakia and Romania|Hungarian|forint|93|thermal baths, paprika and goulash
Romania|Romania|Bucharest|eastern Europe|Europe|borders Hungary, Bulgaria and Ukraine|Romanian|Romanian leu|238|the Danube delta, old castles and forests
Bulgaria|Bulgaria|Sofia|eastern Europe|Europe|borders Romania, Greece and Turkey|Bulgarian|euro|111|rose oil, yogurt and beaches
Greece|Greece|Athens|southern Europe|Europe|borders Albania, Bulgaria and Turkey|Greek|euro|132|ancient temples, islands and olives
Albania|Albania|Tirana|southern Europe|Europe|borders Greece and the Adriatic Sea|Albanian|lek|29|mountains, beaches and stone castles
Serbia|Serbia|Belgrade|southern Europe|Europe|borders Hungary, Romania and Bulgaria|Serbian|dinar|77|raspberries, folk music and monasteries
Croatia|Croatia|Zagreb|southern Europe|Europe|borders Slovenia, Hungary and the Adriatic Sea|Croatian|euro|57|islands, waterfalls and old harbor cities
Slovenia|Slovenia|Ljubljana|central Europe|Europe|borders Italy, Austria and Croatia|Slovenian|euro|20|caves, mountain lakes and forests
Ukraine|Ukraine|Kyiv|eastern Europe|Europe|borders Poland, Romania and Russia|Ukrainian|hryvnia|604|wheat, sunflowers and golden church domes
Estonia|Estonia|Tallinn|northern Europe|Europe|borders Latvia and Russia|Estonian|euro|45|digital government, forests and old city walls
Latvia|Latvia|Riga|northern Europe|Europe|borders Estonia, Lithuania and Russia|Latvian|euro|65|choirs, amber and long beaches
Lithuania|Lithuania|Vilnius|northern Europe|Europe|borders Latvia, Poland and the Baltic Sea|Lithuanian|euro|65|basketball, amber and sand dunes
Finland|Finland|Helsinki|northern Europe|Europe|borders Sweden, Norway and Russia|Finnish|euro|338|saunas, lakes and forests
Sweden|Sweden|Stockholm|northern Europe|Europe|borders Norway and Finland|Swedish|krona|450|forests, furniture and pop music
Norway|Norway|Oslo|northern Europe|Europe|borders Sweden, Finland and Russia|Norwegian|krone|385|fjords, salmon and skiing
Denmark|Denmark|Copenhagen|northern Europe|Europe|borders Germany and the Baltic Sea|Danish|krone|43|bicycles, toy bricks and wind power
Iceland|Iceland|Reykjavik|the North Atlantic Ocean|Europe|is an island without land borders|Icelandic|krona|103|volcanoes, geysers and glaciers
Russia|Russia|Moscow|eastern Europe and northern Asia|Europe and Asia|borders China, Finland and Ukraine|Russian|ruble|17098|ballet, the Red Square and cold winters
Turkey|Turkey|Ankara|western Asia|Asia and Europe|borders Greece, Syria and Iran|Turkish|lira|784|bazaars, carpets and old mosques
Cyprus|Cyprus|Nicosia|the eastern Mediterranean Sea|Europe|is an island south of Turkey|Greek|euro|9|beaches, cheese and ancient ruins
Georgia|Georgia|Tbilisi|the Caucasus|Asia and Europe|borders Russia, Turkey and Armenia|Georgian|lari|70|wine, mountains and old churches
Armenia|Armenia|Yerevan|the Caucasus|Asia|borders Turkey, Iran and Georgia|Armenian|dram|30|apricots, monasteries and carved stones
Kazakhstan|Kazakhstan|Astana|central Asia|Asia|borders Russia, China and Uzbekistan|Kazakh|tenge|2725|wide grassland, oil and a space port
Uzbekistan|Uzbekistan|Tashkent|central Asia|Asia|borders Kazakhstan and Afghanistan|Uzbek|Uzbek som|449|cotton, blue mosques and the Silk Road
Mongolia|Mongolia|Ulaanbaatar|eastern Asia|Asia|borders Russia and China|Mongolian|tugrik|1564|horses, round tents and wide grassland
China|China|Beijing|eastern Asia|Asia|borders Russia, India and Mongolia|Mandarin Chinese|yuan|9597|the Great Wall, silk and tea
Japan|Japan|Tokyo|eastern Asia|Asia|is a chain of islands without land borders|Japanese|yen|378|sushi, Mount Fuji and fast trains
South Korea|South Korea|Seoul|eastern Asia|Asia|borders North Korea and the sea|Korean|won|100|phones, cars and pop music
North Korea|North Korea|Pyongyang|eastern Asia|Asia|borders China, Russia and South Korea|Korean|won|121|large parades, coal and mountains
Vietnam|Vietnam|Hanoi|southeastern Asia|Asia|borders China, Laos and Cambodia|Vietnamese|dong|331|rice, coffee and noodle soup
Laos|Laos|Vientiane|southeastern Asia|Asia|borders Thailand, Vietnam and China|Lao|kip|237|temples, waterfalls and the Mekong River
Cambodia|Cambodia|Phnom Penh|southeastern Asia|Asia|borders Thailand, Vietnam and Laos|Khmer|riel|181|the temples of Angkor, rice and silk
Thailand|Thailand|Bangkok|southeastern Asia|Asia|borders Laos, Cambodia and Malaysia|Thai|baht|513|temples, beaches and spicy food
Malaysia|Malaysia|Kuala Lumpur|southeastern Asia|Asia|borders Thailand, Brunei and Indonesia|Malay|ringgit|330|twin towers, palm oil and rainforest
Indonesia|Indonesia|Jakarta|southeastern Asia|Asia|borders Malaysia and Papua New Guinea|Indonesian|rupiah|1905|islands, volcanoes and spices
the Philippines|the Philippines|Manila|southeastern Asia|Asia|is a group of islands without land borders|Filipino|Philippine peso|300|beaches, rice terraces and coconuts
India|India|New Delhi|southern Asia|Asia|borders China, Pakistan and Nepal|Hindi|Indian rupee|3287|the Taj Mahal, spices and films
Pakistan|Pakistan|Islamabad|southern Asia|Asia|borders India, Iran and Afghanistan|Urdu|Pakistani rupee|796|high mountains, cricket and cotton
Bangladesh|Bangladesh|Dhaka|southern Asia|Asia|borders India and Myanmar|Bengali|taka|148|clothing, rivers and tigers
Nepal|Nepal|Kathmandu|southern Asia|Asia|borders India and China|Nepali|Nepalese rupee|147|Mount Everest, temples and mountain guides
Bhutan|Bhutan|Thimphu|southern Asia|Asia|borders India and China|Dzongkha|ngultrum|38|monasteries, forests and national happiness
Afghanistan|Afghanistan|Kabul|southern Asia|Asia|borders Pakistan, Iran and Uzbekistan|Dari|afghani|653|carpets, mountains and blue stones
Iran|Iran|Tehran|western Asia|Asia|borders Iraq, Turkey and Pakistan|Persian|rial|1648|carpets, poetry and saffron
Iraq|Iraq|Baghdad|western Asia|Asia|borders Iran, Syria and Saudi Arabia|Arabic|Iraqi dinar|438|oil, dates and the ruins of Babylon
Syria|Syria|Damascus|western Asia|Asia|borders Turkey, Iraq and Jordan|Arabic|Syrian pound|185|ancient ruins, bazaars and olive soap
Jordan|Jordan|Amman|western Asia|Asia|borders Syria, Iraq and Saudi Arabia|Arabic|Jordanian dinar|89|the rock city of Petra and the Dead Sea
Lebanon|Lebanon|Beirut|western Asia|Asia|borders Syria and the Mediterranean Sea|Arabic|Lebanese pound|10|cedar trees, good food and ancient ruins
Saudi Arabia|Saudi Arabia|Riyadh|western Asia|Asia|borders Iraq, Jordan and Yemen|Arabic|riyal|2150|Mecca, oil and wide deserts
Yemen|Yemen|Sanaa|western Asia|Asia|borders Saudi Arabia and Oman|Arabic|Yemeni rial|528|coffee, tall clay houses and deserts
Oman|Oman|Muscat|western Asia|Asia|borders Saudi Arabia and Yemen|Arabic|Omani rial|310|incense, forts and deserts
Qatar|Qatar|Doha|western Asia|Asia|borders Saudi Arabia and the Persian Gulf|Arabic|riyal|12|natural gas, pearls and modern towers
Kuwait|Kuwait|Kuwait City|western Asia|Asia|borders Iraq and Saudi Arabia|Arabic|Kuwaiti dinar|18|oil, pearls and modern towers
the United Arab Emirates|the United Arab Emirates|Abu Dhabi|western Asia|Asia|borders Saudi Arabia and Oman|Arabic|dirham|84|very tall towers, oil and deserts
Egypt|Egypt|Cairo|northern Africa|Africa|borders Libya, Sudan and the Red Sea|Arabic|Egyptian pound|1002|the pyramids, the Nile and ancient temples
Libya|Libya|Tripoli|northern Africa|Africa|borders Egypt, Algeria and Tunisia|Arabic|Libyan dinar|1760|oil, wide deserts and Roman ruins
Tunisia|Tunisia|Tunis|northern Africa|Africa|borders Algeria and Libya|Arabic|Tunisian dinar|164|the ruins of Carthage, olives and beaches
Algeria|Algeria|Algiers|northern Africa|Africa|borders Morocco, Tunisia and Libya|Arabic|Algerian dinar|2382|the Sahara Desert, natural gas and dates
Morocco|Morocco|Rabat|northern Africa|Africa|borders Algeria and the Atlantic Ocean|Arabic|dirham|447|bazaars, mint tea and the Atlas Mountains
Sudan|Sudan|Khartoum|northern Africa|Africa|borders Egypt, Libya and Ethiopia|Arabic|Sudanese pound|1886|ancient pyramids, the Nile and gum trees
Ethiopia|Ethiopia|Addis Ababa|eastern Africa|Africa|borders Sudan, Kenya and Somalia|Amharic|birr|1104|coffee, rock churches and long distance runners
Somalia|Somalia|Mogadishu|eastern Africa|Africa|borders Ethiopia and Kenya|Somali|Somali shilling|638|camels, bananas and a long coast
Kenya|Kenya|Nairobi|eastern Africa|Africa|borders Ethiopia, Uganda and Tanzania|Swahili|Kenyan shilling|580|safaris, tea and long distance runners
Uganda|Uganda|Kampala|eastern Africa|Africa|borders Kenya, Tanzania and Rwanda|English|Ugandan shilling|242|mountain gorillas, coffee and Lake Victoria
Tanzania|Tanzania|Dodoma|eastern Africa|Africa|borders Kenya, Uganda and Rwanda|Swahili|Tanzanian shilling|947|Mount Kilimanjaro, safaris and spices
Rwanda|Rwanda|Kigali|eastern Africa|Africa|borders Uganda and Tanzania|Kinyarwanda|Rwandan franc|26|mountain gorillas, green hills and tea
Madagascar|Madagascar|Antananarivo|the Indian Ocean|Africa|is an island without land borders|Malagasy|ariary|587|lemurs, vanilla and baobab trees
Mozambique|Mozambique|Maputo|southern Africa|Africa|borders Tanzania, Zambia and Zimbabwe|Portuguese|metical|799|beaches, shrimp and coral reefs
Zambia|Zambia|Lusaka|southern Africa|Africa|borders Angola, Tanzania and Zimbabwe|English|kwacha|753|Victoria Falls, copper and safaris
Botswana|Botswana|Gaborone|southern Africa|Africa|borders Namibia and Zimbabwe|English|pula|582|diamonds, elephants and a large river delta
Namibia|Namibia|Windhoek|southern Africa|Africa|borders Angola and Botswana|English|Namibian dollar|825|red sand dunes, diamonds and safaris
Angola|Angola|Luanda|southern Africa|Africa|borders Namibia and Zambia|Portuguese|kwanza|1247|oil, diamonds and waterfalls
Nigeria|Nigeria|Abuja|western Africa|Africa|borders Niger and Cameroon|English|naira|924|oil, films and pop music
Niger|Niger|Niamey|western Africa|Africa|borders Nigeria, Mali and Algeria|Hausa|West African franc|1267|uranium, deserts and camels
Cameroon|Cameroon|Yaounde|central Africa|Africa|borders Nigeria and the Atlantic Ocean|French|Central African franc|475|football, cocoa and rainforest
Ghana|Ghana|Accra|western Africa|Africa|borders Togo and the Atlantic Ocean|English|cedi|239|cocoa, gold and colorful cloth
Senegal|Senegal|Dakar|western Africa|Africa|borders Mali and the Atlantic Ocean|French|West African franc|197|fish dishes, peanuts and drum music
Mali|Mali|Bamako|western Africa|Africa|borders Algeria, Niger and Senegal|Bambara|West African franc|1240|Timbuktu, gold and clay mosques
Canada|Canada|Ottawa|the north of the continent|North America|borders the United States|English|Canadian dollar|9985|maple syrup, ice hockey and forests
the United States|the United States|Washington|the middle of the continent|North America|borders Canada and Mexico|English|dollar|9834|films, computers and the Statue of Liberty
Mexico|Mexico|Mexico City|the south of the continent|North America|borders the United States and Guatemala|Spanish|Mexican peso|1964|tacos, ancient pyramids and beaches
Guatemala|Guatemala|Guatemala City|Central America|North America|borders Mexico and Honduras|Spanish|quetzal|109|coffee, volcanoes and ancient temples
Honduras|Honduras|Tegucigalpa|Central America|North America|borders Guatemala and Nicaragua|Spanish|lempira|112|bananas, coral reefs and ancient ruins
Nicaragua|Nicaragua|Managua|Central America|North America|borders Honduras and Costa Rica|Spanish|cordoba|130|lakes, volcanoes and coffee
Costa Rica|Costa Rica|San Jose|Central America|North America|borders Nicaragua and Panama|Spanish|colon|51|rainforest, coffee and volcanoes
Panama|Panama|Panama City|Central America|North America|borders Costa Rica and Colombia|Spanish|balboa|75|the Panama Canal, banks and rainforest
Cuba|Cuba|Havana|the Caribbean Sea|North America|is an island in warm waters|Spanish|Cuban peso|110|cigars, old cars and dance music
Jamaica|Jamaica|Kingston|the Caribbean Sea|North America|is an island without land borders|English|Jamaican dollar|11|reggae music, fast runners and beaches
Colombia|Colombia|Bogota|the north of the continent|South America|borders Panama, Brazil and Peru|Spanish|Colombian peso|1142|coffee, emeralds and flowers
Venezuela|Venezuela|Caracas|the north of the continent|South America|borders Colombia and Brazil|Spanish|bolivar|912|oil, waterfalls and beaches
Ecuador|Ecuador|Quito|the west of the continent|South America|borders Colombia and Peru|Spanish|dollar|256|bananas, volcanoes and giant tortoises
Peru|Peru|Lima|the west of the continent|South America|borders Ecuador, Brazil and Chile|Spanish|Peruvian sol|1285|Machu Picchu, potatoes and llamas
Brazil|Brazil|Brasilia|the east of the continent|South America|borders Argentina, Peru and Colombia|Portuguese|real|8516|carnival, football and the Amazon rainforest
Chile|Chile|Santiago|the southwest of the continent|South America|borders Peru and Argentina|Spanish|Chilean peso|757|copper, wine and dry deserts
Argentina|Argentina|Buenos Aires|the south of the continent|South America|borders Chile, Brazil and Uruguay|Spanish|Argentine peso|2780|tango, beef and football
Uruguay|Uruguay|Montevideo|the southeast of the continent|South America|borders Argentina and Brazil|Spanish|Uruguayan peso|176|beef, football and beaches
Paraguay|Paraguay|Asuncion|the center of the continent|South America|borders Argentina and Brazil|Spanish|guarani|407|rivers, large dams and harp music
Australia|Australia|Canberra|the southern half of Earth|Oceania|is an island continent without land borders|English|Australian dollar|7692|kangaroos, coral reefs and wide deserts
New Zealand|New Zealand|Wellington|the South Pacific Ocean|Oceania|is a group of islands without land borders|English|New Zealand dollar|268|sheep, green mountains and rugby
Papua New Guinea|Papua New Guinea|Port Moresby|the South Pacific Ocean|Oceania|borders Indonesia and the sea|Tok Pisin|kina|463|rainforest, many languages and colorful birds
Fiji|Fiji|Suva|the South Pacific Ocean|Oceania|is a group of islands without land borders|English|Fijian dollar|18|beaches, coral reefs and rugby
"""
ASPECTS = {
    "definition": ("{Asked} is a country in {continent}, its capital is {capital}, its main language is {language}, and many people know it for {known}.", ("continent", "capital", "language", "known")),
    "capital": ("On most maps of the world one city of {asked} is marked with a special sign as the official capital, and its name is {capital}.", ("capital",)),
    "location": ("On a map of the whole world {asked} is found in {continent}, more exactly it lies in {region}, where the country {border}.", ("region", "border", "continent")),
    "language": ("In the public life, the schools, the newspapers and many conversations of {asked} the main language is {language}.", ("language",)),
    "currency": ("When people in {asked} pay for food, travel and many other things, they use the official currency, which is the {currency}.", ("currency",)),
    "size": ("The area of {asked} with all its regions, cities and fields, measured in thousand square kilometers, is about {area}.", ("area",)),
    "known for": ("Among the first things that many visitors learn about {asked} and that people around the world connect with the country are {known}.", ("known",)),
}
BASIC = ("definition", "location", "currency", "known for")
COMPARE = ("definition", "location", "size")
COMPARISONS = [
    ("size", "area", "{A} is the larger country with an area of about {va} thousand square kilometers, while {b} is the smaller country with about {vb} thousand."),
]
ALIASES = {
    "definition": ("description", "overview", "general facts", "summary"),
    "capital": ("capital city", "official capital", "main city of government", "seat of government"),
    "location": ("place", "position", "region", "continent", "neighbors", "borders", "geography"),
    "language": ("main language", "official language", "spoken language", "languages"),
    "currency": ("money", "official currency", "means of payment", "unit of money"),
    "size": ("area", "surface", "extent", "land area"),
    "known for": ("sights", "products", "fame", "specialties", "attractions", "culture"),
}
