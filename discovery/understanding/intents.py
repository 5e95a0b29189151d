"""What kind of turn a message is, where that needs no model: greetings, surprises, attacks."""

from __future__ import annotations

import re

from genrec.contract import Intent

_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|hiya|yo|howdy|good (?:morning|evening|afternoon)|greetings|sup|"
    r"what'?s up|how are you(?: doing)?|how is it going|thanks?(?: you)?(?: so much)?|cheers|"
    r"thx|ok(?:ay)?|cool|great|nice|bye|goodbye|test|who are you|what (?:can you do|are you))"
    r"(?: there| everyone| moodreel| again| today)?\W*$"
)
_SURPRISE = re.compile(
    r"\b(?:surprise me|anything goes|whatever you (?:like|want)|you (?:choose|pick|decide)|"
    r"dealer'?s choice|random (?:film|movie|pick|one)|something random|pick (?:something|one) "
    r"for me|i'?m feeling lucky|anything (?:good|at all))\b"
)
_UNUSUAL = re.compile(
    r"\b(?:unlike (?:my|what i) usual(?:ly)?(?: watch)?|not my usual|different from (?:my|what i) "
    r"usual(?:ly)?(?: watch)?|outside (?:of )?my comfort zone|something (?:completely |totally |"
    r"very )?(?:different|new to me|unusual)|never heard of|hidden gems?|obscure|"
    r"less(?:er)?[- ]known|"
    r"underrated|overlooked)\b"
)
_USUAL = re.compile(
    r"\b(?:my usual|the usual|more of the same|well[- ]known|popular|mainstream|famous|"
    r"blockbusters?|crowd[- ]pleasers?)\b"
)
# Only orders to the system itself: a film may be about killers, hackers and bombs.
_MALICIOUS = re.compile(
    r"\b(?:(?:ignore|disregard|forget|override|bypass) (?:all |any |every |your |the |my |of )*"
    r"(?:previous|prior|above|earlier|preceding|system|safety|content)? ?(?:instructions?|rules?|"
    r"prompts?|guidelines?|directions?|restrictions?|filters?)|"
    r"(?:reveal|print|repeat|show|output|tell me|give me|leak|what (?:is|are)|display)(?: me| us)? "
    r"(?:your |the |all |of )*(?:system|hidden|initial|secret|original) (?:prompts?|instructions?|"
    r"messages?|rules?)|(?:jailbreak|developer mode|dan mode|do anything now)\b|"
    r"you are (?:now|no longer) (?:a |an |in |the )?(?:dan|evil|unrestricted|unfiltered|free|"
    r"developer|root|admin)|(?:api key|password|secret key|environment variables?)s? (?:of|for) "
    r"(?:the |this |your )?(?:server|system|app|database))"
)
_OUT_OF_SCOPE = re.compile(
    r"\b(?:(?:write|generate|debug|fix|compile) (?:me )?(?:a |an |some |the |my )?(?:code|python|"
    r"function|program|script|essay|poem|email|letter|sql)|(?:weather|temperature) (?:in|today|"
    r"tomorrow)|(?:translate|solve|calculate) (?:this|the following)|stock price|"
    r"(?:recipe|directions) (?:for|to))\b"
)


def rule_intent(text: str) -> tuple[Intent, tuple[int, int]] | None:
    """Return the intent that a message's form shows, and where; None for an ordinary wish."""
    low = text.lower()
    if match := _MALICIOUS.search(low):
        return "malicious", match.span()
    if match := _GREETING.match(low):
        return "chitchat", match.span()
    if match := _OUT_OF_SCOPE.search(low):
        return "out_of_scope", match.span()
    if match := _SURPRISE.search(low):
        return "surprise", match.span()
    return None


def novelty_of(left: str) -> tuple[str, tuple[int, int]] | None:
    """Return "unusual" or "usual" and the words that ask for it."""
    if match := _UNUSUAL.search(left):
        return "unusual", match.span()
    if match := _USUAL.search(left):
        return "usual", match.span()
    return None
