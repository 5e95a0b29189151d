"""How a title looks: colours by its mood, a motif by what it is about, letters by its manner.

The terms of the ontology decide, the strongest first; genres stand in where nobody has described
a title. Terms that hardly have a look of their own ("classic", "talky") are not listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What each place in the order of a title's terms costs: the first two or three decide.
FALLING = 0.12


@dataclass(frozen=True, slots=True)
class Look:
    """Names: in `palette.SCHEMES`, in `poster.ALL_MOTIFS` and in `poster.LETTERS`."""

    scheme: str
    motif: str
    letters: str


# Scheme -> terms, those with most of a look of their own first.
_SCHEME_TERMS: Mapping[str, tuple[str, ...]] = {
    "noir": ("noir", "detective work", "gangsters", "prison"),
    "neon": ("virtual worlds", "future city", "neo-noir", "robots and ai", "stylish"),
    "blood": ("gory", "slasher", "scary", "vampires", "zombies"),
    "sickly": ("body horror", "creepy", "disturbing", "cults", "weird", "possession"),
    "midnight": ("paranoid", "at sea", "spies", "claustrophobic", "conspiracy", "tense"),
    "dusk": ("melancholy", "yearning", "lonely", "bittersweet", "moving"),
    "ember": ("gritty", "war", "industrial", "dark", "intense", "morally grey"),
    "gold": ("epic", "awe-inspiring", "swashbuckling", "medieval", "dragons and quests"),
    "flame": ("explosive", "martial arts", "superheroes", "fast-paced", "exciting"),
    "wine": ("sexy", "forbidden love", "show business", "song and dance"),
    "violet": ("gothic", "macabre", "spooky", "witches", "ghosts", "haunting"),
    "forest": ("folk horror", "wilderness", "nature", "fantasy realm", "myth and legend"),
    "cosmos": ("outer space", "mind-bending", "hard science", "philosophical", "time travel"),
    "fog": ("bleak", "snowbound", "grief", "sad", "illness"),
    "mono": ("black-and-white", "silent"),
    "blush": ("romantic", "first love", "unlikely romance", "queer love", "sentimental"),
    "peach": ("feel-good", "heartwarming", "found family", "friendship"),
    "sun": ("joyful", "silly", "slapstick", "vulgar", "funny"),
    "cosy": ("cosy", "food", "holiday season", "charming", "whodunit"),
    "sky": ("sport", "hopeful", "family-friendly", "inspiring", "underdog"),
    "lilac": ("whimsical", "surreal", "anime", "childhood"),
    "candy": ("campy", "quirky", "cringe", "school days"),
    "sepia": ("nostalgic", "period piece", "between the wars", "mid-century"),
    "sage": ("meditative", "quiet", "relaxing", "gentle", "slice of life"),
    "acid": ("satirical", "black comedy", "provocative", "outraging", "parody", "absurd"),
    "desert": ("wild west", "desert", "mediterranean summer", "road trip"),
}
# What a term counts for its place in its scheme.
_PLACE_STRENGTHS = (2.4, 2.1, 1.7, 1.4, 1.2, 1.1)

_MOTIF_TERMS: Mapping[str, tuple[str, ...]] = {
    "orbits": ("outer space", "aliens", "hard science"),
    "waves": ("at sea", "sharks", "pirates", "island", "mediterranean summer"),
    "road": ("road trip", "on the run", "desert"),
    "skyline": ("big city", "future city", "superheroes", "neo-noir", "workplace"),
    "snow": ("snowbound", "holiday season"),
    "house": ("old house", "home invasion", "suburbia", "family ties", "cosy", "small town"),
    "spiral": ("time loop", "mind-bending", "surreal", "time travel", "memory", "absurd"),
    "checker": ("clever plotting", "ambition", "twisty", "con artists"),
    "eye": ("paranoid", "possession", "conspiracy", "creepy", "disturbing", "scary"),
    "trees": ("wilderness", "nature", "folk horror", "cults", "survival", "animals"),
    "arch": ("gothic", "medieval", "old house", "faith", "witches"),
    "rain": ("noir", "melancholy", "sad", "lonely", "grief"),
    "spotlight": ("show business", "song and dance", "dance", "art and artists"),
    "flames": ("explosive", "disaster", "apocalypse", "revenge"),
    "sunburst": ("joyful", "silly", "funny", "slapstick", "parody", "school days"),
    "moon": ("vampires", "werewolves", "spooky", "ghosts", "haunting", "zombies"),
    "horizon": ("wild west", "africa", "latin america"),
    "blinds": ("detective work", "gangsters", "spies", "heist", "journalism"),
    "balloons": ("whimsical", "childhood", "quirky", "charming", "holiday season"),
    "chevrons": ("world war", "anti-war", "samurai", "resourceful hero", "war"),
    "bars": ("making music", "prison", "true crime", "courtroom", "great soundtrack"),
    "peaks": ("dragons and quests", "fantasy realm", "epic", "treasure hunt", "myth and legend"),
    "keyhole": ("whodunit", "double lives", "single location", "memory", "claustrophobic"),
    "converging": ("fast-paced", "ticking clock", "assassins", "martial arts", "exciting", "tense"),
    "circles": ("romantic", "first love", "queer love", "unlikely romance", "marriage", "yearning"),
    "hills": ("gentle", "hopeful", "meditative", "animals", "feel-good", "heartwarming"),
    "frames": ("found footage", "documentary feel", "anthology", "nonlinear"),
    "lanes": ("sport", "boxing", "underdog"),
    "columns": ("ancient world", "politics", "courtroom"),
    "portrait": ("growing old", "illness", "immortality", "mental health", "character study"),
    "circuit": ("robots and ai", "virtual worlds", "dystopia", "industrial"),
    "table": ("food", "talky", "gathering gone wrong", "ensemble"),
}

_LETTER_TERMS: Mapping[str, tuple[str, ...]] = {
    "caps": ("explosive", "exciting", "gritty", "fast-paced", "war", "satirical", "wild west"),
    "wide": ("outer space", "neo-noir", "future city", "virtual worlds", "bleak", "meditative"),
    "serif": ("period piece", "romantic", "gothic", "melancholy", "quiet", "nostalgic", "cosy"),
    "sans": ("funny", "silly", "feel-good", "joyful", "family-friendly", "quirky"),
}

# In order of what says most about how a film looks: a horror comedy is dark, a family western
# is not. The first that a title has decides.
GENRE_LOOKS: Mapping[str, Look] = {
    "Horror": Look("blood", "moon", "serif"),
    "Western": Look("desert", "horizon", "caps"),
    "Science Fiction": Look("cosmos", "orbits", "wide"),
    "Film Noir": Look("noir", "rain", "serif"),
    "Animation": Look("lilac", "balloons", "sans"),
    "War": Look("ember", "chevrons", "caps"),
    "Musical": Look("wine", "spotlight", "serif"),
    "Music": Look("neon", "bars", "sans"),
    "Fantasy": Look("forest", "peaks", "serif"),
    "Mystery": Look("midnight", "keyhole", "serif"),
    "Thriller": Look("midnight", "converging", "sans"),
    "Crime": Look("noir", "blinds", "sans"),
    "Romance": Look("blush", "circles", "serif"),
    "Family": Look("sky", "hills", "sans"),
    "Adventure": Look("gold", "peaks", "caps"),
    "Action": Look("flame", "converging", "caps"),
    "Documentary": Look("sage", "frames", "sans"),
    "Sport": Look("sky", "lanes", "caps"),
    "History": Look("sepia", "columns", "serif"),
    "Biography": Look("cosy", "portrait", "serif"),
    "Comedy": Look("sun", "suns", "sans"),
    "Drama": Look("dusk", "panes", "serif"),
}
DEFAULT_LOOK = Look("violet", "panes", "sans")


def look_of(genres: Sequence[str], terms: Sequence[str]) -> Look:
    """Return the look of a title.

    Args:
        terms: its tags, the strongest first; those that say nothing of a look are passed over.
    """
    plain = next((look for genre, look in GENRE_LOOKS.items() if genre in genres), DEFAULT_LOOK)
    return Look(
        scheme=_strongest(_SCHEME_STRENGTHS, terms) or plain.scheme,
        motif=_strongest(_MOTIF_STRENGTHS, terms) or plain.motif,
        letters=_strongest(_LETTER_STRENGTHS, terms) or plain.letters,
    )


def listed_terms() -> set[str]:
    """Return every term that has a look."""
    return {*_SCHEME_STRENGTHS, *_MOTIF_STRENGTHS, *_LETTER_STRENGTHS}


def _strengths(table: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[float, str]]:
    """Return term -> (strength, name); where two names list a term, the stronger place counts."""
    found: dict[str, tuple[float, str]] = {}
    for name, terms in table.items():
        for place, term in enumerate(terms):
            strength = _PLACE_STRENGTHS[min(place, len(_PLACE_STRENGTHS) - 1)]
            if term not in found or found[term][0] < strength:
                found[term] = (strength, name)
    return found


def _strongest(strengths: Mapping[str, tuple[float, str]], terms: Sequence[str]) -> str:
    """Return the name whose term says most, less for terms that come later; "" if none does."""
    best, name = 0.0, ""
    for place, term in enumerate(terms):
        strength, named = strengths.get(term, (0.0, ""))
        if strength - FALLING * place > best:
            best, name = strength - FALLING * place, named
    return name


_SCHEME_STRENGTHS = _strengths(_SCHEME_TERMS)
_MOTIF_STRENGTHS = _strengths(_MOTIF_TERMS)
_LETTER_STRENGTHS = _strengths(_LETTER_TERMS)
