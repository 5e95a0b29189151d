"""The words that the lexical parser knows: genres, moods, themes, places, numbers.

Data only. Genre names are the catalogue's; a soft weight of 1 means "this is what the word asks
for", less means "it leans that way".
"""

from __future__ import annotations

from collections.abc import Mapping

# Nouns and adjectives that name a genre wherever they stand.
STRONG_GENRES: Mapping[str, tuple[str, ...]] = {
    "comedy": ("Comedy",),
    "comedies": ("Comedy",),
    "drama": ("Drama",),
    "dramas": ("Drama",),
    "dramedy": ("Comedy", "Drama"),
    "dramedies": ("Comedy", "Drama"),
    "horror": ("Horror",),
    "horrors": ("Horror",),
    "slasher": ("Horror",),
    "slashers": ("Horror",),
    "thriller": ("Thriller",),
    "thrillers": ("Thriller",),
    "western": ("Western",),
    "westerns": ("Western",),
    "musical": ("Musical",),
    "musicals": ("Musical",),
    "documentary": ("Documentary",),
    "documentaries": ("Documentary",),
    "docu": ("Documentary",),
    "mockumentary": ("Comedy",),
    "romcom": ("Romance", "Comedy"),
    "romcoms": ("Romance", "Comedy"),
    "rom com": ("Romance", "Comedy"),
    "rom coms": ("Romance", "Comedy"),
    "biopic": ("Biography",),
    "biopics": ("Biography",),
    "animation": ("Animation",),
    "animations": ("Animation",),
    "animated": ("Animation",),
    "cartoon": ("Animation",),
    "cartoons": ("Animation",),
    "anime": ("Animation",),
    "sci fi": ("Science Fiction",),
    "scifi": ("Science Fiction",),
    "sf": ("Science Fiction",),
    "science fiction": ("Science Fiction",),
    "whodunit": ("Mystery",),
    "whodunits": ("Mystery",),
    "whodunnit": ("Mystery",),
}

# Words that name a genre only beside "film", another genre or an article as head of the phrase:
# "a war film" and "some action" do, "about the war" and "her family" don't.
WEAK_GENRES: Mapping[str, tuple[str, ...]] = {
    "action": ("Action",),
    "adventure": ("Adventure",),
    "adventures": ("Adventure",),
    "biographical": ("Biography",),
    "crime": ("Crime",),
    "family": ("Family",),
    "fantasy": ("Fantasy",),
    "historical": ("History",),
    "history": ("History",),
    "music": ("Music",),
    "mystery": ("Mystery",),
    "mysteries": ("Mystery",),
    "romance": ("Romance",),
    "romances": ("Romance",),
    "romantic": ("Romance",),
    "sport": ("Sport",),
    "sports": ("Sport",),
    "war": ("War",),
}
# Of those, the ones that are the head of a phrase often enough: "an adventure", "some action".
HEAD_GENRES = frozenset({"action", "adventure", "fantasy", "mystery", "romance", "romances"})

FILM_WORDS = frozenset(
    "film films movie movies flick flicks picture pictures feature features cinema one ones "
    "series show shows title titles story stories epic epics saga blockbuster".split()
)

# Mood -> (words that say it, genres it leans to).
MOODS: Mapping[str, tuple[tuple[str, ...], Mapping[str, float]]] = {
    "funny": (
        ("funny", "funnier", "funniest", "hilarious", "humorous", "humor", "humour", "comedic",
         "comical", "laugh", "laughs", "witty", "goofy", "silly", "fun"),
        {"Comedy": 1.0},
    ),
    "scary": (
        ("scary", "scarier", "scariest", "frightening", "terrifying", "spooky", "creepy",
         "creepier", "chilling", "spine chilling", "nightmarish", "eerie"),
        {"Horror": 1.0, "Thriller": 0.4, "Mystery": 0.2},
    ),
    "romantic": (
        ("romantic", "love story", "love stories", "in love", "sweet"),
        {"Romance": 1.0},
    ),
    "dark": (
        ("dark", "darker", "bleak", "bleaker", "grim", "noir", "noirish", "film noir",
         "disturbing", "twisted", "sinister"),
        {"Crime": 0.6, "Thriller": 0.6, "Drama": 0.3, "Horror": 0.2, "Mystery": 0.3},
    ),
    "feel-good": (
        ("feel good", "feelgood", "heartwarming", "heart warming", "uplifting", "wholesome",
         "cosy", "cozy", "comforting", "charming", "cheerful", "cheer me up", "happy"),
        {"Comedy": 0.7, "Family": 0.5, "Romance": 0.4},
    ),
    "light": (
        ("light", "lighter", "lighthearted", "light hearted", "easy", "easygoing", "breezy",
         "relaxing", "undemanding"),
        {"Comedy": 0.8, "Romance": 0.3, "Family": 0.3},
    ),
    "tense": (
        ("tense", "suspense", "suspenseful", "gripping", "nail biting", "edge of my seat",
         "edge of your seat", "thrilling", "taut", "claustrophobic"),
        {"Thriller": 1.0, "Mystery": 0.3, "Crime": 0.2},
    ),
    "exciting": (
        ("exciting", "action packed", "fast paced", "adrenaline", "explosive", "explosions",
         "thrill ride", "badass", "kick ass"),
        {"Action": 1.0, "Adventure": 0.5, "Thriller": 0.3},
    ),
    "sad": (
        ("sad", "sadder", "tearjerker", "tear jerker", "heartbreaking", "make me cry", "cry",
         "tragic", "melancholy", "melancholic", "bittersweet", "moving", "emotional", "touching"),
        {"Drama": 1.0, "Romance": 0.3},
    ),
    "thoughtful": (
        ("thoughtful", "thought provoking", "philosophical", "intelligent", "smart", "smarter",
         "cerebral", "deep", "deeper", "meaningful", "profound", "contemplative"),
        {"Drama": 0.7, "Science Fiction": 0.2},
    ),
    "mind-bending": (
        ("mind bending", "mindbending", "mind blowing", "trippy", "twisty", "plot twist",
         "plot twists", "confusing", "mindfuck", "reality bending"),
        {"Science Fiction": 0.6, "Mystery": 0.7, "Thriller": 0.5},
    ),
    "quirky": (
        ("quirky", "quirkier", "offbeat", "weird", "weirder", "strange", "stranger", "surreal",
         "absurd", "eccentric", "bizarre", "wacky"),
        {"Comedy": 0.5, "Fantasy": 0.3},
    ),
    "epic": (
        ("epic", "sweeping", "grand", "spectacular", "larger than life"),
        {"Adventure": 0.7, "History": 0.4, "War": 0.3, "Fantasy": 0.3},
    ),
    "gritty": (
        ("gritty", "grittier", "raw", "realistic", "hard boiled", "hardboiled"),
        {"Crime": 0.7, "Drama": 0.6, "Thriller": 0.3},
    ),
    "slow-burning": (
        ("slow burn", "slow burning", "slow paced", "slow", "quiet", "quieter", "calm",
         "atmospheric", "moody"),
        {"Drama": 0.8},
    ),
    "magical": (
        ("magical", "whimsical", "enchanting", "fairy tale", "fairytale", "dreamy", "dreamlike"),
        {"Fantasy": 1.0, "Family": 0.4, "Animation": 0.3},
    ),
    "inspiring": (
        ("inspiring", "inspirational", "motivating", "empowering", "hopeful"),
        {"Drama": 0.5, "Biography": 0.6, "Sport": 0.3},
    ),
    "satirical": (
        ("satirical", "satire", "parody", "spoof", "tongue in cheek", "black comedy",
         "dark comedy", "dark humor", "dark humour", "deadpan"),
        {"Comedy": 1.0},
    ),
    "sexy": (("sexy", "sexier", "erotic", "steamy", "sensual"), {"Romance": 0.6, "Drama": 0.3}),
    "nostalgic": (("nostalgic", "nostalgia", "retro"), {"Drama": 0.3, "Comedy": 0.3}),
}

# Theme -> (words that say it, genres it leans to). The words stay in the text that is embedded.
THEMES: Mapping[str, tuple[tuple[str, ...], Mapping[str, float]]] = {
    "aliens": (("aliens", "extraterrestrial", "extraterrestrials", "alien invasion", "ufo"),
               {"Science Fiction": 1.0}),
    "art": (("painter", "painters", "artist", "artists"), {"Drama": 0.3, "Biography": 0.4}),
    "boxing": (("boxing", "boxer", "boxers"), {"Sport": 1.0, "Drama": 0.3}),
    "coming of age": (("coming of age", "growing up", "teenager", "teenagers", "teen", "teens",
                       "high school"), {"Drama": 0.5, "Comedy": 0.4}),
    "cooking": (("cooking", "chef", "chefs", "restaurant", "food"), {"Comedy": 0.3}),
    "courtroom": (("courtroom", "lawyer", "lawyers", "trial"), {"Drama": 0.5, "Crime": 0.4}),
    "detective": (("detective", "detectives", "murder mystery", "private eye", "sleuth"),
                  {"Mystery": 1.0, "Crime": 0.6}),
    "dinosaurs": (("dinosaur", "dinosaurs"), {"Adventure": 0.6, "Science Fiction": 0.5}),
    "dragons": (("dragon", "dragons"), {"Fantasy": 1.0, "Adventure": 0.5}),
    "dystopia": (("dystopia", "dystopian", "post apocalyptic", "postapocalyptic", "apocalypse",
                  "end of the world"), {"Science Fiction": 1.0}),
    "friendship": (("friendship", "friends", "buddy", "buddies"), {"Comedy": 0.4}),
    "ghosts": (("ghost", "ghosts", "haunted", "haunted house", "poltergeist"), {"Horror": 0.8}),
    "heist": (("heist", "heists", "bank robbery", "robbery", "con artist", "con artists"),
              {"Crime": 1.0, "Thriller": 0.4}),
    "mafia": (("mafia", "mob", "mobster", "mobsters", "gangster", "gangsters"), {"Crime": 1.0}),
    "martial arts": (("martial arts", "kung fu", "karate", "samurai", "ninja", "ninjas"),
                     {"Action": 1.0}),
    "monsters": (("monster", "monsters", "creature", "creatures"),
                 {"Horror": 0.7, "Science Fiction": 0.4}),
    "outer space": (("space", "outer space", "spaceship", "spaceships", "astronaut", "astronauts",
                     "space opera", "mars"), {"Science Fiction": 1.0, "Adventure": 0.2}),
    "pirates": (("pirate", "pirates"), {"Adventure": 1.0}),
    "politics": (("political", "politics", "president", "election"), {"Drama": 0.5}),
    "prison": (("prison", "jail", "prison break"), {"Crime": 0.7, "Drama": 0.5}),
    "revenge": (("revenge", "vengeance"), {"Action": 0.5, "Thriller": 0.5, "Crime": 0.3}),
    "road trip": (("road trip", "road movie"), {"Comedy": 0.4, "Adventure": 0.3}),
    "robots": (("robot", "robots", "android", "androids", "cyborg", "artificial intelligence"),
               {"Science Fiction": 1.0}),
    "serial killer": (("serial killer", "serial killers"),
                      {"Thriller": 1.0, "Crime": 0.7, "Horror": 0.4}),
    "sharks": (("shark", "sharks"), {"Horror": 0.5, "Thriller": 0.5}),
    "spies": (("spy", "spies", "espionage", "secret agent", "secret agents"),
              {"Thriller": 0.7, "Action": 0.7}),
    "superheroes": (("superhero", "superheroes", "comic book", "comic books"),
                    {"Action": 1.0, "Science Fiction": 0.4, "Fantasy": 0.3}),
    "survival": (("survival", "stranded", "shipwreck"), {"Adventure": 0.6, "Drama": 0.3}),
    "time travel": (("time travel", "time traveller", "time loop", "time machine"),
                    {"Science Fiction": 1.0}),
    "vampires": (("vampire", "vampires"), {"Horror": 0.9, "Fantasy": 0.4}),
    "wedding": (("wedding", "weddings", "bride"), {"Romance": 0.7, "Comedy": 0.6}),
    "werewolves": (("werewolf", "werewolves"), {"Horror": 0.9, "Fantasy": 0.3}),
    "witches": (("witch", "witches", "witchcraft"), {"Fantasy": 0.6, "Horror": 0.5}),
    "world war": (("world war", "world war ii", "ww2", "wwii", "ww1", "vietnam war"),
                  {"War": 1.0, "Drama": 0.3}),
    "zombies": (("zombie", "zombies", "undead"), {"Horror": 1.0}),
}

# Content note -> words for it; the note's genres are played down softly as well.
CONTENT: Mapping[str, tuple[str, ...]] = {
    "gore": ("gore", "gory", "bloody", "blood", "splatter", "guts"),
    "violence": ("violence", "violent", "brutal", "brutality", "fighting"),
    "sex": ("sex", "sexual", "nudity", "sex scenes", "nude"),
    "language": ("swearing", "profanity", "strong language", "bad language", "cursing"),
    "scary": ("scary", "scare", "scares", "jump scares", "frightening", "terrifying", "creepy",
              "spooky"),
}
CONTENT_GENRES: Mapping[str, Mapping[str, float]] = {
    "gore": {"Horror": 1.0, "War": 0.3, "Thriller": 0.2},
    "violence": {"Action": 0.6, "War": 0.8, "Crime": 0.6, "Horror": 0.8, "Thriller": 0.4},
    "sex": {"Romance": 0.2},
    "language": {"Crime": 0.3},
    "scary": {"Horror": 1.0, "Thriller": 0.5},
}

# Adjective or name -> (languages, countries). A country alone is in the second part.
PLACES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "american": ("", ("United States",)),
    "hollywood": ("", ("United States",)),
    "argentinian": ("", ("Argentina",)),
    "argentine": ("", ("Argentina",)),
    "australian": ("", ("Australia",)),
    "austrian": ("", ("Austria",)),
    "belgian": ("", ("Belgium",)),
    "bollywood": ("", ("India",)),
    "brazilian": ("", ("Brazil",)),
    "british": ("", ("United Kingdom",)),
    "english": ("English", ("United Kingdom",)),
    "canadian": ("", ("Canada",)),
    "chilean": ("", ("Chile",)),
    "chinese": ("Mandarin", ("China", "Hong Kong", "Taiwan")),
    "cantonese": ("Cantonese", ("Hong Kong",)),
    "mandarin": ("Mandarin", ()),
    "czech": ("Czech", ("Czech Republic", "Czechoslovakia")),
    "danish": ("Danish", ("Denmark",)),
    "dutch": ("Dutch", ("Netherlands",)),
    "finnish": ("Finnish", ("Finland",)),
    "french": ("French", ("France",)),
    "german": ("German", ("Germany", "West Germany")),
    "greek": ("Greek", ("Greece",)),
    "hebrew": ("Hebrew", ()),
    "hindi": ("Hindi", ("India",)),
    "hungarian": ("Hungarian", ("Hungary",)),
    "icelandic": ("Icelandic", ("Iceland",)),
    "indian": ("", ("India",)),
    "iranian": ("Persian", ("Iran",)),
    "persian": ("Persian", ("Iran",)),
    "irish": ("", ("Ireland",)),
    "israeli": ("Hebrew", ("Israel",)),
    "italian": ("Italian", ("Italy",)),
    "japanese": ("Japanese", ("Japan",)),
    "korean": ("Korean", ("South Korea",)),
    "south korean": ("Korean", ("South Korea",)),
    "mexican": ("", ("Mexico",)),
    "norwegian": ("Norwegian", ("Norway",)),
    "polish": ("Polish", ("Poland",)),
    "portuguese": ("Portuguese", ("Portugal",)),
    "romanian": ("Romanian", ("Romania",)),
    "russian": ("Russian", ("Russia", "Soviet Union")),
    "soviet": ("Russian", ("Soviet Union",)),
    "scandinavian": ("", ("Sweden", "Norway", "Denmark")),
    "nordic": ("", ("Sweden", "Norway", "Denmark", "Finland", "Iceland")),
    "scottish": ("", ("United Kingdom",)),
    "spanish": ("Spanish", ("Spain",)),
    "swedish": ("Swedish", ("Sweden",)),
    "swiss": ("", ("Switzerland",)),
    "taiwanese": ("", ("Taiwan",)),
    "thai": ("Thai", ("Thailand",)),
    "turkish": ("Turkish", ("Turkey",)),
    "ukrainian": ("Ukrainian", ("Ukraine",)),
    "arabic": ("Arabic", ()),
}
COUNTRIES: Mapping[str, tuple[str, ...]] = {
    "the us": ("United States",),
    "the usa": ("United States",),
    "usa": ("United States",),
    "america": ("United States",),
    "the uk": ("United Kingdom",),
    "uk": ("United Kingdom",),
    "england": ("United Kingdom",),
    "britain": ("United Kingdom",),
    "scandinavia": ("Sweden", "Norway", "Denmark"),
    "korea": ("South Korea",),
    "hong kong": ("Hong Kong",),
    "new zealand": ("New Zealand",),
    "south africa": ("South Africa",),
    "latin america": ("Argentina", "Brazil", "Chile", "Colombia", "Mexico", "Peru", "Uruguay"),
} | {
    country.lower(): (country,)
    for _, countries in PLACES.values()
    for country in countries
}

NUMBERS: Mapping[str, int] = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "hundred": 100,
}
ORDINALS: Mapping[str, int] = {
    "first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "seventh": 6,
    "eighth": 7, "1st": 0, "2nd": 1, "3rd": 2, "4th": 3, "5th": 4, "6th": 5,
}
DECADES: Mapping[str, int] = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990, "noughties": 2000,
}

# Words that say nothing about the wish: they are left out of the text that is embedded.
FILLERS = frozenset(
    """a about again all also am an and any anything are as at be been but by can could do does
    dont else for from get give good great had has have hi hello hey how i id ill im in into is it
    its ive just kind like lets looking find love maybe me mind more most much my need nice not of
    okay ok on one ones only or other our please pls plz really recommend recommendation
    recommendations same see set show shows similar so some somebody someone something sort
    suggest suggestion suggestions tell than thanks that thats the their them then there these
    they thing things this those to tonight too type up us very wanna want wanted was watch
    watching we were what whats where which who will with would you your film films movie movies
    flick flicks title titles picks options best better ever favourite favorite featuring
    starring where that'd made sth smth bit little quite feel feeling mood today evening night
    weekend something's preferably ideally possibly cool awesome decent interesting think
    remember name called""".split()
)
# Plain words: alone they are no title, however many films are called so.
COMMON_WORDS = frozenset(
    FILLERS
    | FILM_WORDS
    | set(STRONG_GENRES)
    | set(WEAK_GENRES)
    | {form for forms, _ in MOODS.values() for form in forms}
    | set("her him he she his home new old big year years day time life man woman girl boy war "
          "school music night love people classic classics usual second first third last "
          "crying laughing dogs cats dancing".split())
)
