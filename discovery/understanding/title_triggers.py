"""Words that lead to a title, and what they say of it. Patterns, for lower-case text."""

from __future__ import annotations

from typing import Literal

from discovery.understanding.patterns import CANNOT, DO_NOT, IS_NOT

Relation = Literal["like", "unlike", "exclude_titles"]

TITLE_TRIGGERS: tuple[tuple[Relation, str], ...] = (
    (
        "unlike",
        r"\b(?:rather than|instead of|not like|nothing like|unlike|not similar to|hated?|disliked?|"
        rf"{DO_NOT} (?:really )?like|{CANNOT} stand|bored by)",
    ),
    (
        "exclude_titles",
        r"\b(?:(?:i'?ve|i have|we'?ve|have) (?:already )?(?:seen|watched)|"
        r"already (?:seen|watched|saw)|i saw|i watched|except(?: for)?|"
        r"other than|besides|apart from|(?:anything|everything) but|but not|not|excluding|without|"
        rf"no|(?<=that ){IS_NOT}|(?<=which ){IS_NOT})",
    ),
    (
        "like",
        r"\b(?:(?:more )?like|similar to|reminiscent of|in the (?:vein|style|spirit) of|"
        r"such as|for example|e\.?g\.?|"
        r"along the lines of|reminds? me of|close(?:r)? to|vibes? (?:as|of)|akin to|"
        r"(?:i|we|also|really|just|absolutely) (?:loved|liked|enjoyed|adored)|loved|enjoyed|"
        r"i love|i like|fans? of|if i liked|a la|same as|cross between|mix of|mixture of|"
        r"crossed with|meets|blend of|equivalent of|after watching|inspired by|based on)",
    ),
    # "More like Blade Runner than Star Wars": only right after a title that was just read.
    ("unlike", r"(?<=\x00) than(?: to)?"),
)
