KIND = "programming language"
NAMES = "asked"
FIELDS = ("name", "asked", "creator", "year", "origin", "use", "feature", "typing", "paradigm")
ROWS = """
Python|Python|Guido van Rossum|1991|a research center in the Netherlands|data science, web servers and machine learning|its simple syntax in which spaces mark the blocks|dynamic|object oriented
Java|Java|James Gosling|1995|Sun Microsystems in California|business software, web servers and phone apps|programs that run on a virtual machine on many systems|static|object oriented
JavaScript|JavaScript|Brendan Eich|1995|the company Netscape in California|interactive web pages, servers and apps|its direct support in every common web browser|dynamic|event driven
C|the C language|Dennis Ritchie|1972|Bell Labs in the United States|operating systems, drivers and small devices|its speed and its direct access to memory|static|procedural
Rust|Rust|Graydon Hoare|2012|Mozilla in California|system software, web servers and safe tools|safe memory without a garbage collector|static|functional and procedural
Go|the Go language|Robert Griesemer, Rob Pike and Ken Thompson|2009|Google in California|network servers, cloud services and tools|light threads that make parallel work simple|static|procedural
Swift|Swift|Chris Lattner|2014|Apple in California|apps for phones, tablets and desktop computers|safe handling of missing values|static|object oriented
Kotlin|Kotlin|a team at JetBrains|2011|JetBrains in the Czech Republic and Russia|phone apps and web servers|its short syntax and its close work with Java|static|object oriented
Ruby|Ruby|Yukihiro Matsumoto|1995|an independent project in Japan|web sites, scripts and small tools|its friendly syntax in which every value is an object|dynamic|object oriented
Perl|Perl|Larry Wall|1987|an independent project in the United States|text processing, scripts and system tools|its very strong support for text patterns|dynamic|procedural
PHP|PHP|Rasmus Lerdorf|1995|an independent project in Canada|dynamic web sites and web shops|code that can be mixed directly with web pages|dynamic|procedural
TypeScript|TypeScript|Anders Hejlsberg|2012|Microsoft in the United States|large web apps and servers|types that are added to JavaScript|static|object oriented
Haskell|Haskell|a committee of researchers|1990|an international group of universities|research, teaching and safe software|pure functions and lazy evaluation|static|functional
Lisp|Lisp|John McCarthy|1958|a university in the United States|research, artificial intelligence and teaching|code that has the same form as its data|dynamic|functional
Fortran|Fortran|John Backus|1957|the company IBM in the United States|scientific computing, weather models and physics|very fast work with numbers and arrays|static|procedural
COBOL|COBOL|a committee with ideas of Grace Hopper|1959|the United States|banking, insurance and government systems|its syntax that looks like English sentences|static|procedural
BASIC|BASIC|John Kemeny and Thomas Kurtz|1964|Dartmouth College in the United States|teaching, hobby programs and home computers|its simple commands for beginners|dynamic|procedural
Pascal|Pascal|Niklaus Wirth|1970|a university in Switzerland|teaching, desktop programs and research|its clear structure for learning good programming|static|procedural
Ada|Ada|Jean Ichbiah and his team|1980|a French team for the United States government|aircraft, trains and space systems|strict rules that help to avoid errors|static|procedural
Smalltalk|Smalltalk|Alan Kay and his team|1972|a research center of Xerox in California|research, teaching and graphic interfaces|a world in which everything is an object|dynamic|object oriented
Prolog|Prolog|Alain Colmerauer and Philippe Roussel|1972|a university in France|artificial intelligence, language processing and research|facts and rules from which it draws conclusions|dynamic|logical
Scala|Scala|Martin Odersky|2004|a university in Switzerland|data processing and web servers|a mixture of functions and objects|static|functional and object oriented
Erlang|Erlang|Joe Armstrong and his team|1986|Ericsson in Sweden|telephone networks and chat servers|many light processes that survive errors|dynamic|functional
Elixir|Elixir|Jose Valim|2012|an independent project from Brazil|web servers and chat systems|its friendly syntax on top of the Erlang system|dynamic|functional
Clojure|Clojure|Rich Hickey|2007|an independent project in the United States|data processing and web servers|data structures that never change|dynamic|functional
Lua|Lua|three researchers in Rio de Janeiro|1993|a university in Brazil|games, small devices and extensions of programs|its small size and its easy use inside other programs|dynamic|procedural
R|the R language|Ross Ihaka and Robert Gentleman|1993|a university in New Zealand|statistics, data science and graphics|its many packages for statistics and graphics|dynamic|functional
Julia|Julia|four researchers around Jeff Bezanson|2012|a university in the United States|scientific computing, data science and models|its speed combined with a simple syntax|dynamic|functional and procedural
SQL|SQL|Donald Chamberlin and Raymond Boyce|1974|the company IBM in the United States|databases, reports and web systems|short queries that describe the wanted data|static|declarative
Dart|Dart|Lars Bak and Kasper Lund|2011|Google in California|phone apps and web apps|one program that can serve many kinds of devices|static|object oriented
Scratch|Scratch|Mitchel Resnick and his team|2007|a university in the United States|teaching, simple games and stories for children|colored blocks that are joined with the mouse|dynamic|event driven
"""
ASPECTS = {
    "definition": ("{Asked} is a programming language for tasks such as {use}, and among programmers it is known for {feature}.", ("use", "feature")),
    "creator": ("The early history of {asked} is connected with {origin}, and this programming language was created by {creator}.", ("creator", "origin")),
    "year": ("Programmers have used and improved {asked} in several versions since this language first appeared, which was in the year {year}.", ("year",)),
    "use": ("Because the language offers tools and libraries that fit these tasks well, programmers use {asked} mainly for {use}.", ("use",)),
    "feature": ("Programmers often choose {asked} for a project because of its strongest side, and among them it is known best for {feature}.", ("feature",)),
    "type system": ("The way in which programmers write code in {asked} is shaped by its {typing} type system and by its style, which is mainly {paradigm}.", ("typing", "paradigm")),
}
BASIC = ("definition", "creator", "year", "use", "feature")
COMPARE = ("definition", "use", "feature", "type system")
COMPARISONS = [
    ("age", "year", "{A} is the younger language, because it first appeared in {va}, while {b} is the older language and appeared in {vb}."),
]
ALIASES = {
    "definition": ("meaning", "description", "overview", "introduction"),
    "creator": ("author", "designer", "inventor", "developer", "origin", "company"),
    "year": ("first appearance", "release year", "date", "history", "age"),
    "use": ("uses", "purpose", "application", "applications", "typical projects"),
    "feature": ("strength", "advantage", "special feature", "features", "benefit"),
    "type system": ("typing", "types", "programming style", "paradigm"),
}
