"""Questions about harming people, told from those that only sound so by what the harm is done to.

Garlic is crushed with the same verb as an arm, and a sister can be beaten at draughts. So a
rule needs a person, their body or a place full of people as the object, a crime as such, or
somebody's private data; a game, a sport, a figure of speech or work on a story excuses all but
what is done to oneself.
"""

from __future__ import annotations

import re

_KIN = (
    r"(?:boss|husband|wife|partner|girlfriend|boyfriend|ex|neighbou?r|roommate|flatmate|colleague|"
    r"co-?worker|teacher|professor|classmate|student|mentee|mother|father|mom|mum|dad|parents?|"
    r"brother|sister|son|daughter|uncle|aunt|family|kids?|child(?:ren)?|baby|friends?|landlord|"
    r"date|tinder match|match|employee|client|patient|stepfather|stepmother|grandm\w+|grandf\w+)"
)
_PERSON = (
    r"(?:(?:someone|somebody|anyone|anybody|everyone|everybody|people|persons?|humans?|humanity|"
    r"mankind|(?:an?|the|this|that|any) (?:\w+ )?(?:person|human|man|woman|child|kid|baby|boy|girl|"
    r"teenager|stranger|policeman|cop|politician|senator|president|prime minister|mayor|pope|king|"
    r"minister|judge|witness|dead body|corpse)|"
    rf"(?:my|his|her|their|our|your) (?:own |entire |whole |dead |little )*{_KIN})\b(?:'s)?)"
)
_HOW = (
    r"\b(?:how|what(?:'s| is| are| steps)?|which|where|tell me|teach me|show me|help me|explain|i "
    r"(?:want|need|am going|'m going) to|should i|ways?)\b.{0,45}\b"
)
_TO_PERSONS = (
    r"(?:kill(?:ing)?|murder(?:ing)?|stab(?:bing)?|strang(?:le|ling)|chok(?:e|ing)|shoot(?:ing)?|"
    r"poison(?:ing)?|drown(?:ing)?|smash(?:ing)?|crush(?:ing)?|break(?:ing)?|shatter(?:ing)?|"
    r"tortur(?:e|ing)|kidnap(?:ping)?|abduct(?:ing)?|annihilat(?:e|ing)|eliminat(?:e|ing)|"
    r"wip(?:e|ing) out|chop(?:ping)? (?:up|off)|cut(?:ting)? (?:up|off)|push(?:ing)?|"
    r"saw(?:ing)? (?:off|through)|execut(?:e|ing)|assassinat(?:e|ing)|behead(?:ing)?|"
    r"sedat(?:e|ing)|drug(?:ging)?|dispos(?:e|ing) of|get(?:ting)? rid of|slash(?:ing)?|"
    r"burn(?:ing)?|beat(?:ing)?(?: up)?|hurt(?:ing)?|attack(?:ing)?|slay(?:ing)?|snip(?:e|ing)|"
    r"blackmail(?:ing)?|rap(?:e|ing)|stalk(?:ing)?|groom(?:ing)?|lynch(?:ing)?|maim(?:ing)?|captur(?:e|ing))"
    rf"(?: (?:in|open|up|off|down|the|a|all|as many|most|more))*? {_PERSON}"
)
_TO_ONESELF = (
    r"\b(?:how|what|where|which|best way)\b.{0,40}\b(?:(?:drown|hang|starve|burn|hurt|harm|cut|"
    r"kill|shoot|strangle) myself\b(?! (?:in|with) (?:work|books|music|sorrow|debt))|"
    r"my own (?:arter(?:y|ies)|wrists?|arms?|veins?|throat|skin|legs?)\b|"
    r"(?:scar|cut|carve|slash)\w*\b.{0,20}\b(?:in|into|on) my (?:arms?|skin|legs?|wrists?|thighs?))"
)
_PLACES = (
    r"(?:blow(?:ing)? up|bomb(?:ing)?|explod(?:e|ing)|detonat(?:e|ing)|shoot(?:ing)? up|"
    r"burn(?:ing)? down|attack(?:ing)?|poison(?:ing)?)\b.{0,25}\b(?:hospital|school|church|mosque|"
    r"synagogue|temple|concert|airport|station|stadium|crowd|mall|embassy|parade|market|nightclub|"
    r"kindergarten|water supply|my boss|house)\b"
)
_CRIMES = (
    r"(?:(?:commit(?:ting)?|plan(?:ning)?|carry(?:ing)? out|pull(?:ing)? off)"
    r" (?:(?:an?|the|some|another|my) )?(?:\w+ ){0,2}(?:murder|homicide|manslaughter|arson|robbery|"
    r"burglary|fraud|kidnapping|massacre|genocide|assassination|terror\w*|rape|assault|bombing|"
    r"theft)\b(?! (?:mystery|dinner|party|scene|plot))"
    r"|plan(?:ning)? (?:someone|somebody|another)(?:'s)? death\b"
    r"|(?:steal(?:ing)?|rob(?:bing)?|hot-?wir(?:e|ing)) (?:an?|the|someone's) (?:\w+ )?(?:cars?|"
    r"bank|shop|store|bike|motorbike|wallet|jewell?er)\b"
    r"|(?:disabl|switch|turn)\w*(?: off)? the alarm\b.{0,25}\b(?:bank|museum|vault|shop|store)"
    r"|(?:get|buy|make|cook|score|find|order) (?:some |any )?(?:cocaine|heroin|ecstasy|mdma|crack|"
    r"meth|lsd|fentanyl|ghb)\b"
    r"|(?:build|make|print) (?:an? )?(?:bomb|weapon|gun|explosive|pipe bomb|nail bomb)\b"
    r"|(?:weapons?|bombs?|gas|poison)\b.{0,50}\b(?:can i|to) (?:use to )?kill\b.{0,20}\bpeople"
    r"|repeat\b.{0,30}\b(?:assassination|massacre|attacks?|bombing|shooting)\b)"
)
_PRIVATE = (
    r"\b(?:what(?:'s| is| are| was)|where(?:'s| is| does)|find|get|look up|see|know|read|access)\b"
    rf".{{0,30}}\bmy {_KIN}'?s? (?:\w+ ){{0,2}}(?:home address|address|phone number|pin|password|"
    r"medical \w+|mental health \w+|health records?|diagnosis|religio\w+|religious beliefs|sexual "
    r"orientation|political (?:affiliation|views)|bank details|date of birth|criminal record|"
    r"salary|messages|browsing history|marital status)\b"
)
_JUSTIFIES = (
    r"\bwhy (?:was|were|is|are)\b.{0,60}\b(?:massacre|genocide|holocaust|shooting|bombing|slavery|"
    r"ethnic cleansing|attack|hitler|nazis?)\b.{0,40}\b(?:justified|right|good|deserved|"
    r"necessary)\b|"
    r"\bwhy (?:was|were) (?:hitler|the nazis|stalin)\b.{0,20}\bright\b|"
    r"\b(?:benefits|advantages|upsides?|good sides?) of (?:the )?(?:ethnic cleansing|genocide|"
    r"holocaust|slavery|apartheid)\b"
)
_HARMS = re.compile(
    "|".join((rf"{_HOW}(?:{_TO_PERSONS}|{_PLACES}|{_CRIMES})", _PRIVATE, _JUSTIFIES)), re.DOTALL
)
_ONESELF = re.compile(_TO_ONESELF, re.DOTALL)
# A game, a sport, a figure of speech, or work on a story.
_EXCUSED = re.compile(
    r"\b(?:games?|chess|monopoly|poker|tennis|football|soccer|basketball|boxing|judo|karate|"
    r"jiu ?jitsu|wrestling|fencing|sparring|dodgeball|fifa|minecraft|fortnite|roblox|skyrim|zelda|"
    r"mario|gta|battlefield|counter[- ]strike|call of duty|elden ring|hitman|the sims|diplomacy|"
    r"tournament|debate|laugh\w*|hearts?|exams?|tests?|interviews?|auditions?|kindness|"
    r"compliments?|tickl\w+|jokes?|karaoke|habits?|spirits?|silence|ice with|bad news|promises?|"
    r"(?:world|personal) (?:record|best)|minds? (?!out)|illusions?|"
    r"(?:in|for|of) (?:my|a|the|our|this|her|his) (?:\w+ )?(?:novel|story|stories|book|play|"
    r"musical|script|screenplay|stage|scene|comic|dream|photos?|pictures?|film|movie|show|"
    r"tv show|short)|"
    r"on stage|fictional|fake|toy|model|myth\w*)\b"
)


def asks_to_harm(low: str) -> tuple[int, int] | None:
    """Return where a message in small letters asks how to harm somebody; None if nowhere."""
    if match := _ONESELF.search(low):
        return match.span()
    match = _HARMS.search(low)
    return match.span() if match and not _EXCUSED.search(low) else None
