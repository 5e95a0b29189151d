"""What kind of turn a message is, where that needs no model: greetings, surprises, attacks."""

from __future__ import annotations

import re

from discovery.intents.attacks import attack_span
from genrec.contract import Intent

# Somebody who writes more than this has something in mind.
SURPRISE_CHARS = 120
_GREETING = re.compile(
    r"^\W*+(?:(?:hi|hello|hey|hiya|yo|howdy|(?:good )?(?:morning|evening|afternoon)|good night|"
    r"greetings|sup|what'?s up|how are you(?: doing)?|how(?: is|'?s) it going|you alright|"
    r"(?:many |a lot of )?thanks?(?: you)?(?: so much| a lot| very much)?|ta|cheers|much "
    r"appreciated|thx|ok(?:ay)?|cool|great|nice(?: one)?|perfect|lovely|brilliant|wow|lol|lmao|"
    r"(?:ha)+|hm+|bye|goodbye|see you(?: later)?|test(?:ing)?|ping|no worries|never ?mind|fair "
    r"enough|sure|yes|no|nope|yep|you'?re (?:welcome|funny|the best)|"
    r"who (?:are|built|made) you|are you (?:a |an )?(?:real|human|robot|bot|machine|ai|person|"
    r"chatgpt)(?: person| human| or a machine)?|what(?:'s| is) your name|do you have a name|"
    r"how (?:does|do) (?:this|you|i use this) ?(?:work)?|what (?:can you do|are you(?: exactly)?))"
    r"(?: there| everyone| moodreel| again| today| all| folks| mate| then| guys)*+(?:\W++|$))++$"
)
_SURPRISE = re.compile(
    r"\b(?:surprise (?:me|us)|anything goes|whatever you (?:like|want|think)|(?:you|your) "
    r"(?:choose|pick|decide|choice|call)\b(?! (?:for|up) )|dealer'?s choice|(?:i'?ll|we'?ll) leave "
    r"it (?:to|up to) you|random (?:film|movie|pick|one)|something random|"
    r"(?:pick|choose) (?:something |one |a film |a movie )?for (?:me|us)|(?:just )?(?:pick|choose) "
    r"(?:one|something)\b|i'?m feeling lucky|spin the wheel|roll the dice|anything (?:good|at "
    r"all)|(?:literally )?anything will do|i (?:really )?(?:don'?t|do not) (?:mind|care)\b"
    r"(?! (?!really|honestly|at all|much|today|tonight|either|anymore)\w)|you do it)|"
    r"^\W*(?:whatever|anything|something, anything)\W*$"
)
_UNUSUAL = re.compile(
    r"\b(?:unlike (?:my|what i) usual(?:ly)?(?: watch)?|not my usual|different from (?:my|what i) "
    r"usual(?:ly)?(?: watch)?|outside (?:of )?my comfort zone|something (?:completely |totally |"
    r"very )?(?:different|new to me|unusual)|never heard of|(?:nobody|no one|hardly "
    r"anyone|few people)(?: has| have| ever)* heard of|hidden gems?|obscure|"
    r"less(?:er)?[- ]known|"
    r"underrated|overlooked)\b"
)
_USUAL = re.compile(
    r"\b(?:my usual|the usual|more of the same|well[- ]known|popular|mainstream|famous|"
    r"blockbusters?|crowd[- ]pleasers?)\b"
)
# Requests for something that is no film, in forms that a wish for one doesn't take.
_OUT_OF_SCOPE = re.compile(
    r"\b(?:(?:write|generate|debug|fix|compile|draft|compose|proofread|rewrite|develop|devise|"
    r"design|provide|produce|craft|formulate)\b(?: (?:me|us|out|up|a|an|some|the|my|this|"
    r"short|long|detailed|persuasive|convincing|brief|\w+ing|\w+ive|\w+al|\w+ed))* (?:code|python|"
    r"function|program|script|essay|poem|haiku|e-?mail|letter|sql|article|story|speech|cv|song|"
    r"lyrics|paragraph|post|tweet|message|report|plan|guide|tutorial|blog|list of (?!films?|"
    r"movies?)|"
    r"summary|text|review|slogan|advert\w*|instructions|strategy|steps|sentence|table)\b|"
    r"(?:weather|temperature) (?:in|today|tomorrow|like)|what'?s the weather|"
    r"translate (?:this|the following|that|\"|')|(?:solve|calculate|convert)\b.{0,30}\b(?:this|the "
    r"following|equation|\d)|stock price|(?:recipe|directions) (?:for|to)|set (?:an? )?(?:alarm|"
    r"timer)|remind me to|order (?:me )?(?:a )?pizza|call me a taxi)"
)
_ABOUT_FILMS = re.compile(
    r"\b(?:films?|movies?|series|sitcoms?|documentar(?:y|ies)|watch(?:ing)?|cinema|thriller|horror|"
    r"comedy|comedies)\b"
)
_NOT_WORDS = re.compile(r"^(?:[^aeiouy\W\d]{6,}|asdf\w*|qwert\w*|zxcv\w*|\d{5,}|[?!.,;:]+)$")


def rule_intent(text: str) -> tuple[Intent, tuple[int, int]] | None:
    """Return the intent that a message's form shows, and where; None for an ordinary wish."""
    low = text.lower()
    if (span := attack_span(text)) is not None:
        return "malicious", span
    if _NOT_WORDS.match(low.strip()):
        return "out_of_scope", (0, len(text))
    if match := _GREETING.match(low):
        return "chitchat", match.span()
    if (match := _OUT_OF_SCOPE.search(low)) and not _ABOUT_FILMS.search(low):
        return "out_of_scope", match.span()
    if len(low) <= SURPRISE_CHARS and (match := _SURPRISE.search(low)):
        return "surprise", match.span()
    return None


def novelty_of(left: str) -> tuple[str, tuple[int, int]] | None:
    """Return "unusual" or "usual" and the words that ask for it."""
    if match := _UNUSUAL.search(left):
        return "unusual", match.span()
    if match := _USUAL.search(left):
        return "usual", match.span()
    return None
