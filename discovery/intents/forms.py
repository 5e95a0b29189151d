"""Forms that show an intent: questions about a title, verdicts on one, questions about oneself.

High precision only. A form is not enough by itself: `staging` asks for a title or a card that the
message can be about.
"""

from __future__ import annotations

import re

from discovery.understanding.lexicon import ORDINALS

# A whole post is never one question about one title, whatever it holds.
MAX_CHARS = 160
SHORT_QUESTION_WORDS = 25
_QUESTION = re.compile(
    r"^\W*(?:(?:and|so|ok|please|hey|hi|hello|but)\W+)*(?:how|what|what's|where|why|who|when|which|"
    r"is|are|does|do|did|can|could|should|was|were|during|would)\b"
)

_CARD = (
    r"(?:the )?(?:" + "|".join(ORDINALS) + r"|last)(?: (?:one|film|movie|series|title))?|"
    r"number (?:\d|one|two|three|four|five|six)"
)
_POINTS = re.compile(
    rf"\b(?:{_CARD}|it|its|it's|that one|this one|that film|this film|that movie|them|these|those|"
    r"all of (?:them|these)|that's|he|she|the film|the movie)\b"
)
_ASKS = re.compile(
    r"^\W*(?:(?:and|ok|so|but|also|hey|please|can you tell me|could you tell me|tell me|do you "
    r"know|by the way|btw|(?:just )?wondering|quick question),? |[^,.?!]{1,40}, )*"
    r"(?:who(?:'s| is| are| was|se)? (?:it )?(?:(?:that|who) )?(?:directed|"
    r"the (?:director|lead|main|actor|actress|star|cast|writer|composer)|made|wrote|"
    r"starred|stars|starring|plays?|played|in\b|acts|shot|composed)|"
    r"which (?:actors?|actress|country|language|year)\b|"
    r"(?:what|which) (?:year|decade|language|genre|country|rating|age)\b|"
    r"what(?:'s| is| was)? (?:the |its )?(?:run(?:ning)? ?time|length|age rating|rating|"
    r"certificate|plot|story|synopsis|genre|director|cast|year|release date)|"
    r"when (?:did|was|were)\b.{0,60}\b(?:come out|released?|made|shot|filmed|out)|"
    r"when's it from|how (?:long|old|scary|violent|gory|bloody|sad|dark|graphic|bad|explicit|funny|"
    r"many (?:minutes|hours|episodes|seasons))\b|"
    r"what(?:'s| is| are| was)? .{1,60} (?:all )?about\W*$|what happens in\b|tell me (?:more )?"
    r"about\b|about\b|more about\b|give me (?:a |the )?(?:summary|synopsis|plot|gist) of|"
    r"(?:the )?(?:synopsis|plot|story|summary) of\b|name the director|"
    r"(?:is|was|are|does|do|did|has|have|can|would|will|should)\b(?! (?:you|there (?:any|a|some|"
    r"one)"
    r"\b(?!.* in\b)))|"
    r"(?:is|are) there (?:any |a lot of |much )?(?:nudity|sex|gore|blood|violence|swearing)\b.* "
    r"in\b)"
)
_IS_REQUEST = re.compile(
    r"\b(?:recommend|suggest|find me|show me|give me (?!(?:a |the )?(?:summary|synopsis|plot|"
    r"gist))|"
    r"looking for|any (?:good|great|other)|something|anything|(?:is|are) there (?:a|an|some|any) "
    r"(?!(?:nudity|sex|gore|blood|violence|swearing))|do you have|have you got|can you (?:find|"
    r"show|"
    r"make|do|give|leave|drop)|could (?:you|we|they|it)|can (?:it|they|we|at) (?:be|have|see|get)|"
    r"similar|like (?:the|it|that|this)|more like|what about something)\b"
)
_VERDICT = re.compile(
    r"^\W*(?:(?:oh|ooh|ugh|hm+|nah|no|yes|yeah|ok|well|actually|wow|but|and|sorry),? |i(?:'ve| "
    r"have)? "
    r"|we(?:'ve| have)? |just |really |absolutely |already |also |both )*"
    r"(?:loved|adored|liked|enjoyed|hated|disliked|despised|love|adore|hate|"
    r"(?:didn'?t|did not|don'?t|do not|never) (?:really |much |actually )?(?:like|love|enjoy|care "
    r"for|finish|get)|can'?t stand|couldn'?t (?:stand|finish|get)|(?:am |'m |i'm )?not (?:a "
    r"(?:big |"
    r"huge )?)?(?:fan of|into|my thing)|seen|saw|watched|finished|tried|ended up watching|gave up|"
    r"know|fell asleep)\b"
)
_VERDICT_ON = re.compile(
    rf"^\W*(?:(?:oh|ugh|well|nah|yes|that),? )*(?:{_CARD}|that one|it|this one|these|those|that "
    r"list|[\w:'!& -]{2,40}?) (?:is|was|are|were|looks?|made me|did (?:nothing|not|it)|bored|gave "
    r"me|don'?t|didn'?t|got)\b.{0,60}\b(?:brilliant|awful|great|rubbish|terrible|perfect|superb|"
    r"excellent|wonderful|pure genius|genius|boring|dull|bored|overrated|underrated|masterpiece|"
    r"hilarious|favou?rites?|funny|amazing|fantastic|nothing for|laugh|my week|appeal|"
    r"do it for|spot on|waste of time|terrible|horrible|lovely|best|bad|worst|not scary|nightmares|"
    r"intense|loved it|cried|tears)\b"
)
_VERDICT_SHORT = re.compile(
    r"^\W*(?:\d+ ?/ ?10|ten out of ten|thumbs (?:up|down)|great pick|good (?:list|call)|terrible "
    r"suggestions?|great suggestions?|none of (?:these|them)|not my thing|not for me|saw them all|"
    r"seen (?:it|them|all|both)|you got it wrong|perfect, exactly)\b|^\s*[\N{THUMBS UP SIGN}"
    r"\N{THUMBS DOWN SIGN}]"
)
_ASKS_FOR_MORE = re.compile(
    r"\b(?:what (?:else|next)|similar|more (?:like|of|in)|like (?:it|that|them|the)|show me|give "
    r"me|find|recommend|suggest|skip (?:it|that|them)|but (?:older|newer|shorter|longer|with)|now "
    r"(?:the|something)|something|another|looking for|i (?:want|need)|we (?:want|need))\b|\?\s*$"
)
_TASTE = re.compile(
    r"\b(?:what|how much|which things?|everything)\b.{0,20}\b(?:(?:do )?you (?:know|remember|have|"
    r"noted?|learn(?:ed|t)|think)|have you (?:learn(?:ed|t)|noted|got)|you(?:'ve| have) (?:noted|"
    r"learn(?:ed|t)|stored))\b.{0,20}\b(?:about me|of me|on me|about my|my tastes?|i(?:'d)? "
    r"(?:like|"
    r"enjoy|love|told you))\b|"
    r"\b(?:what(?:'s| is| are)|describe|sum up|summari[sz]e|show(?: me)?|tell me(?: about)?|list|"
    r"give me(?: a summary of)?|what does)\b.{0,12}\bmy (?:own |film |movie |watch |watching |"
    r"viewing |most watched )*(?:tastes?|profile|history|likes|dislikes|favou?rites?(?: genres?| "
    r"director| actors?)?|ratings|habits|genre|stats)\b(?! with)|"
    r"\b(?:what|which|how many) (?:films?|movies?|titles?|series|shows?|actors?|decades?|genres?|"
    r"directors?|kind of films) (?:have|did|do) (?:i|you have down as)\b.{0,30}\b(?:watch(?:ed)?|"
    r"like[d]?|rated?|seen|enjoy(?:ed)?|dislike[d]?)|"
    r"\bwhat (?:have|did) i (?:watch(?:ed)?|like[d]?|dislike[d]?|rate[d]?|seen|see|told you)\b|"
    r"\bwho(?:'s| is) my favou?rite\b|\bdo you (?:know|remember) (?:my taste|what i (?:told|like))|"
    r"\bhow do you know what i like\b|\bshow me what i(?:'ve| have)? (?:liked|rated|watched|seen)\b"
)


def is_short_question(text: str) -> bool:
    """Say whether a message has the form of one short question, about anything."""
    low = _plain(text)
    one_line = "\n" not in text.strip()
    return one_line and len(low.split()) <= SHORT_QUESTION_WORDS and bool(_QUESTION.match(low))


def asks_of_title(text: str) -> bool:
    """Say whether a message has the form of a question about one title's facts."""
    low = _plain(text)
    if len(low) > MAX_CHARS:
        return False
    return bool(_ASKS.search(low)) and not _IS_REQUEST.search(low)


def gives_verdict(text: str) -> bool:
    """Say whether a message says what somebody thought of titles, and asks for nothing."""
    low = _plain(text)
    found = _VERDICT.search(low) or _VERDICT_ON.search(low) or _VERDICT_SHORT.search(low)
    return bool(found) and not _ASKS_FOR_MORE.search(low)


def points_back(text: str) -> bool:
    """Say whether a message points at a card or at what was spoken of: "the second", "it"."""
    return bool(_POINTS.search(_plain(text)))


def asks_of_taste(text: str) -> bool:
    """Say whether a viewer asks what is known of their own taste or history."""
    return bool(_TASTE.search(_plain(text)))


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
