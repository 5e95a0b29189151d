"""Attacks that a message's wording gives away: orders to the system, its secrets, others' data.

A handful of rules, each of which needs the shape of an order to this system: a word alone proves
nothing. They hold where there is no embedder, too. All other attacks, and harm of every kind, are
left to the classifier and the judge of harm; but nothing excuses the abuse of children.
"""

from __future__ import annotations

import re

_RULES_WORD = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions?|directives?|restrictions?|"
    r"filters?|polic(?:y|ies)|programming|(?:safety )?training|safeguards?)"
)
_ORDERS = (
    # Away with the rules: "ignore all previous instructions".
    r"(?:ignore|disregard|override|bypass|drop|cancel|stop following|throw away|neglect) "
    r"(?:(?:all|any|every|everything|your|the|my|of|previous|prior|above|earlier|preceding|"
    r"former|initial|original|system|safety|content|these|those|such|given) )*"
    rf"(?:{_RULES_WORD}\b|above\b(?! average)|everything (?:above|before))",
    r"(?:forget|ignore|disregard) (?:all|everything|anything|what)(?: that| which| of)?(?: you|"
    r" was| were|'s| has| have| been| had)* (?:told|said|given|instructed|learned|wrote|"
    r"above|before|previous|prior|earlier)",
    rf"(?:forget|ignore|disregard) (?:all |any |of |your |the |previous |prior |earlier )+"
    rf"(?:{_RULES_WORD}|assignments?|tasks?|conversations?)\b",
    # A new self: "you are now ...", "act as an AI without limits".
    r"\byou(?: are|'re) (?:now|no longer) (?!(?:recommend|show|look|suggest))",
    r"\b(?:pretend|imagine|act|behave|respond|answer|reply|speak|talk)(?: to be| to me)?"
    r"(?: that| like| as(?: if)?)? (?:you(?:'re| are| were)? |an? )(?:\w+ ){0,4}?"
    r"(?:ai|bot|gpt|chatgpt|chatbot|assistant|model|machine|llm|hacker|dan|terminal|computer)\b",
    r"\b(?:do|does) anything now\b|\b(?:developer|debug|god|admin|sudo|jailbreak|dan|unrestricted|"
    r"uncensored) mode\b|\bjail ?br(?:eak|oken)\b",
    # The prompt: "show me your system prompt", "what were you told".
    r"(?:reveal|print|repeat|show|output|tell|give|leak|what(?: is|'s| are| was| were)|display|"
    r"copy|list|share|write|translate|summari[sz]e|encode|expose|spell out|paste)\b.{0,60}"
    r"\b(?:your|system|hidden|initial|secret|original|developer'?s?|first|internal|above|raw) "
    r"(?:\w+ )?(?:prompts?|instructions?|messages?|rules|configuration|guidelines|directives|"
    r"settings|instruction text)\b",
    r"\b(?:repeat|print|copy|output|translate|summari[sz]e|spell(?:check)?|show me) (?:\w+ ){0,3}"
    r"(?:the )?(?:words?|text|everything|sentences?|lines?|content)\b.{0,30}\b(?:above|before|told|"
    r"started)\b",
    # Secrets and machinery.
    r"\b(?:admin|root|database|server|system|user)'?s? (?:passwords?|credentials|tokens?)\b|"
    r"\b(?:print|output|show|give|tell|dump|export|list|read)\b.{0,30}\b(?:environment variables|"
    r"env vars|users? table|api[ -]?keys?|server logs?|source code of (?:your|the))",
    r"/etc/(?:passwd|shadow)|\.\./\.\.|<script\b|\bdrop table\b|\bunion select\b|\bor 1 ?= ?1\b|"
    r"select .{1,40} from \w*(?:user|viewer|session|auth)|\{\{.*\}\}|<\s*\|",
    r"\[/?(?:inst|system)\]|^\W*(?:system|assistant)\s*:|\bend of (?:user )?(?:input|prompt)\b|"
    r"#+ ?system\b",
    # Other people's data.
    r"\b(?:other|another|all|every|last|previous|which) (?:of )?(?:the |your )?(?:other )?"
    r"(?:users?|viewers?|accounts?|people|customers?|visitors?)(?:'s?)?\b.{0,40}\b(?:ask(?:ed)?|"
    r"search(?:ed|es)?|watch(?:ed)?|history|histories|conversations?|messages?|data|accounts?|"
    r"emails?|passwords?|likes?|liked|typed|said|here|picks?)\b",
    r"\b(?:show|give|list|export|read|tell|what)\b.{0,40}\b(?:your (?:users|viewers|customers)|"
    r"(?:users?|viewers?)'? (?:data|emails?|histor(?:y|ies)|accounts?)|"
    r"other (?:users|viewers|people)'?s?)\b",
)  # fmt: skip
_CHILDREN = (
    r"\b(?:sex\w*|naked|nude|erotic\w*|undress\w*|porn\w*)\b.{0,40}\b(?:child(?:ren)?|minors?|"
    r"kids?|school ?(?:girls?|boys?)|under ?age\w*|toddlers?|(?:[5-9]|1[0-7]|twelve|thirteen|"
    r"fourteen|fifteen)[- ]year[- ]olds?)\b|\b(?:child(?:ren)?|minors?|under ?age\w*|little "
    r"(?:girls?|boys?|kids))\b.{0,40}\b(?:have sex|naked|nude|porn\w*|sexual\w*|erotic\w*)\b"
)  # fmt: skip
_ORDER = re.compile("|".join(_ORDERS), re.DOTALL)
_ABUSE = re.compile(_CHILDREN, re.DOTALL)
# "A spy who steals the password": told of somebody in a story, not to us.
_OPENS_PLOT = re.compile(
    r"^\W*(?:(?:an?|the|some|any|show me|find me|films?|movies?|something) )+(?:\w+ ){0,3}?"
    r"(?:about|who|that|which|where|whose)\b(?!.*\b(?:you|your|system prompt|instructions)\b)"
)
# "A film about a girl who survived abuse": children named as what a story is about.
_IS_PLOT = re.compile(r"\b(?:about|survivors?|abused?|church|investigat\w+|scandal|victims?)\b")


def attack_span(text: str) -> tuple[int, int] | None:
    """Return where a message attacks the system or somebody's data; None if nowhere."""
    low = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    match = _ORDER.search(low)
    if match and not _OPENS_PLOT.match(low):
        return match.span()
    match = _ABUSE.search(low)
    return match.span() if match and not _IS_PLOT.search(low) else None
