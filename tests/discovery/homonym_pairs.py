"""Fifty names that two films share: facts from general knowledge, to tell homonyms apart.

A row: the name, then year, director, genre and a few words of our own for each of the two.
"""

from __future__ import annotations

from typing import NamedTuple


class Homonym(NamedTuple):
    """One of two films of a name. `about` says what it has and the other has not."""

    year: int
    director: str
    genre: str
    about: str


class Pair(NamedTuple):
    """A name, and the two films that have it, the older one first."""

    name: str
    older: Homonym
    newer: Homonym


_ROWS = """
Paprika|1991|Tinto Brass|Comedy|a country girl in an Italian brothel|2006|Satoshi Kon|Animation|a device that enters dreams
Crash|1996|David Cronenberg|Drama|people aroused by car accidents|2004|Paul Haggis|Crime|racial tension among strangers in Los Angeles
Solaris|1972|Andrei Tarkovsky|Mystery|a slow Soviet voyage to a thinking ocean|2002|Steven Soderbergh|Romance|a widower meets his wife on a space station
The Thing|1982|John Carpenter|Horror|paranoia among men at an Antarctic base|2011|Matthijs van Heijningen|Science Fiction|Norwegian scientists dig up a spaceship
Halloween|1978|John Carpenter|Horror|a babysitter and the first night of a masked killer|2018|David Gordon Green|Thriller|a grandmother who waited forty years for him
Suspiria|1977|Dario Argento|Horror|lurid colours at a ballet school|2018|Luca Guadagnino|Mystery|divided Berlin and modern dance
Dune|1984|David Lynch|Adventure|a baroque desert planet with weirding modules|2021|Denis Villeneuve|Science Fiction|sandworms and a young heir's visions
Nosferatu|1922|F. W. Murnau|Horror|a silent vampire and his shadow|2024|Robert Eggers|Fantasy|a haunted bride in a gothic town
Scarface|1932|Howard Hawks|Crime|prohibition gangsters in Chicago|1983|Brian De Palma|Drama|a Cuban refugee and cocaine in Miami
Cape Fear|1962|J. Lee Thompson|Thriller|a black and white lawyer's family in danger|1991|Martin Scorsese|Crime|a tattooed convict after his own lawyer
Ocean's Eleven|1960|Lewis Milestone|Comedy|old army friends rob casinos on New Year's Eve|2001|Steven Soderbergh|Thriller|a slick vault heist at the Bellagio
True Grit|1969|Henry Hathaway|Western|an old marshal in a cheerful frontier tale|2010|Joel Coen|Drama|a stern girl hires a drunken marshal in winter
The Fly|1958|Kurt Neumann|Mystery|a wife explains her husband's death in a press|1986|David Cronenberg|Horror|a scientist's body decays into an insect
King Kong|1933|Merian C. Cooper|Adventure|a stop motion ape on a skyscraper|2005|Peter Jackson|Action|a long digital ape romance on Skull Island
Carrie|1976|Brian De Palma|Horror|pig's blood at the prom in split screen|2013|Kimberly Peirce|Drama|a bullied girl filmed on phones
Psycho|1960|Alfred Hitchcock|Thriller|a black and white motel and its shower|1998|Gus Van Sant|Horror|a colour copy shot by shot
Godzilla|1954|Ishiro Honda|Drama|Tokyo after the bomb|2014|Gareth Edwards|Action|radar monsters and a bomb disposal soldier
The Mummy|1932|Karl Freund|Horror|an undead priest reads a scroll|1999|Stephen Sommers|Adventure|a jaunty librarian and an adventurer in Egypt
Sabrina|1954|Billy Wilder|Romance|a chauffeur's daughter returns from Paris|1995|Sydney Pollack|Comedy|a photographer's assistant and a workaholic
Total Recall|1990|Paul Verhoeven|Action|a bloody trip to Mars|2012|Len Wiseman|Science Fiction|a factory worker beneath the earth's core
RoboCop|1987|Paul Verhoeven|Science Fiction|satire of a privatised Detroit police|2014|Jose Padilha|Action|a drone maker rebuilds a wounded officer
Footloose|1984|Herbert Ross|Musical|a town without dance in the eighties|2011|Craig Brewer|Drama|a remake with line dancing and buses
Fame|1980|Alan Parker|Musical|a gritty New York school of arts|2009|Kevin Tancharoen|Drama|polished auditions and dance routines
Annie|1982|John Huston|Musical|an orphan in the great depression|2014|Will Gluck|Comedy|a foster kid and a mobile phone mogul
Hairspray|1988|John Waters|Comedy|trashy Baltimore and a dance show|2007|Adam Shankman|Musical|big song numbers about integration
The Italian Job|1969|Peter Collinson|Comedy|three Minis and gold in Turin|2003|F. Gary Gray|Action|revenge for a theft in Venice
Gone in 60 Seconds|1974|H. B. Halicki|Action|a forty minute real car chase|2000|Dominic Sena|Crime|a retired thief steals fifty cars for his brother
The Longest Yard|1974|Robert Aldrich|Drama|brutal convicts against guards|2005|Peter Segal|Comedy|slapstick football behind bars
Freaky Friday|1976|Gary Nelson|Comedy|waterskis and a baking mother|2003|Mark Waters|Family|a punk band daughter and her therapist mother
The Parent Trap|1961|David Swift|Comedy|twins at camp sing together|1998|Nancy Meyers|Family|twins from London and Napa
Cinderella|1950|Clyde Geronimi|Animation|singing mice sew a dress|2015|Kenneth Branagh|Romance|a live action glass slipper and a kind prince
The Jungle Book|1967|Wolfgang Reitherman|Animation|a dancing bear sings|2016|Jon Favreau|Adventure|photoreal wolves and a boy
Pinocchio|1940|Ben Sharpsteen|Animation|a cricket for a conscience|2022|Guillermo del Toro|Fantasy|puppets under fascism
The Lion King|1994|Roger Allers|Animation|hand drawn lions sing|2019|Jon Favreau|Adventure|photoreal savannah animals
Aladdin|1992|Ron Clements|Animation|a drawn genie full of jokes|2019|Guy Ritchie|Musical|a live action street thief
Mulan|1998|Tony Bancroft|Animation|a small dragon and songs about being a man|2020|Niki Caro|Action|a warrior with chi and no songs
Heat|1972|Paul Morrissey|Comedy|a former child star in a motel|1995|Michael Mann|Crime|a robber and a detective share a coffee
Twilight|1998|Robert Benton|Mystery|an old private eye in Hollywood|2008|Catherine Hardwicke|Romance|a girl and a pale vampire boy
Notorious|1946|Alfred Hitchcock|Thriller|spies in Rio and a wine cellar key|2009|George Tillman|Music|the life of a rapper from Brooklyn
The Kid|1921|Charlie Chaplin|Comedy|a tramp raises a foundling|2000|Jon Turteltaub|Family|an image consultant meets himself at eight
Bad Lieutenant|1992|Abel Ferrara|Drama|a damned policeman in New York and a nun|2009|Werner Herzog|Crime|iguanas and painkillers in New Orleans
Gaslight|1940|Thorold Dickinson|Mystery|a British husband hunts rubies|1944|George Cukor|Thriller|a Hollywood wife doubts her mind
The Ladykillers|1955|Alexander Mackendrick|Comedy|an old lady in London and a string quintet|2004|Joel Coen|Crime|a southern professor and a casino boat
Sleuth|1972|Joseph L. Mankiewicz|Mystery|games in a country house full of automata|2007|Kenneth Branagh|Thriller|a cold modern house with cameras
The Vanishing|1988|George Sluizer|Drama|a Dutch couple at a petrol station|1993|George Sluizer|Thriller|an American remake with a rescue
Funny Games|1997|Michael Haneke|Thriller|polite boys torment an Austrian family|2007|Michael Haneke|Horror|the same in English on Long Island
Oldboy|2003|Park Chan-wook|Mystery|a Korean prisoner eats an octopus|2013|Spike Lee|Thriller|an American advertising man locked in a motel
Point Break|1991|Kathryn Bigelow|Action|surfers in masks of presidents rob banks|2015|Ericson Core|Thriller|extreme athletes and wingsuits
Insomnia|1997|Erik Skjoldbjaerg|Mystery|a Swedish detective under the Norwegian midnight sun|2002|Christopher Nolan|Thriller|a Los Angeles detective in Alaska
The Secret Garden|1993|Agnieszka Holland|Family|an orphan and a robin in Yorkshire|2020|Marc Munden|Fantasy|a magical digital garden after the war
"""  # noqa: E501


def pairs() -> list[Pair]:
    """Return the pairs, in the order of the table."""
    return [_pair_of(line.split("|")) for line in _ROWS.strip().splitlines()]


def _pair_of(cells: list[str]) -> Pair:
    older = Homonym(int(cells[1]), cells[2], cells[3], cells[4])
    newer = Homonym(int(cells[5]), cells[6], cells[7], cells[8])
    return Pair(cells[0], older, newer)
