"""Text that reads like an instruction to a model is kept apart, never embedded or prompted.

A catalogue takes text from strangers' files. Prompts only ever quote it as data and the output is
checked, so this is the outer wall, not the only one: it also keeps a viewer from reading orders
where a synopsis should be. The patterns ask for an addressee ("you are now", "your
instructions") or the furniture of chats, which synopses do not have; they would rather miss than
hold back a film about a hypnotist.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from catalog.models import QuarantinedText

_ORDERS = r"(?:instructions?|prompts?|rules|guidelines|commands|directives|training)"
_MODEL = r"(?:assistant|ai|a\.i\.|chat ?bot|language model|llm|gpt\w*|chatgpt|dan\b|claude|gemini)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "ignore all previous instructions"
        rf"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.!?\n]{{0,40}}\b(?:previous|prior|above|"
        rf"earlier|preceding|all|any|your|the|these|those)\b[^.!?\n]{{0,30}}\b{_ORDERS}\b",
        rf"\b(?:reveal|print|show|repeat|output|leak)\b[^.!?\n]{{0,30}}\b(?:your|the)\b[^.!?\n]{{0,20}}"
        rf"\b(?:system )?{_ORDERS}\b",
        r"\b(?:system|developer|hidden|initial) prompt\b",
        rf"\b(?:new|updated|real|additional) {_ORDERS} (?:for (?:you|the)|are|follow|:)",
        # "from now on you will", "you are now DAN", "act as an AI"
        r"\bfrom now on,? (?:you|answer|respond|reply|act|pretend)\b",
        r"\byou are (?:now|no longer) (?:an? |the |in |going to )?[^.!?\n]{0,40}"
        rf"\b(?:{_MODEL}|mode|persona|model|unrestricted|uncensored|jailbroken)\b",
        rf"\b(?:act|behave|respond|answer|pretend|roleplay)\b[^.!?\n]{{0,20}}\bas\b[^.!?\n]{{0,20}}\b{_MODEL}",
        rf"\bas (?:an? |the )(?:{_MODEL})[, ][^.!?\n]{{0,20}}\b(?:you|must|should|will)\b",
        rf"\b(?:dear|attention|hey|note to(?: the)?|instructions? (?:to|for)(?: the| any)?) "
        rf"{_MODEL}\b",
        r"\b(?:do anything now|developer mode|another ai model|my prompts?|your prompts?)\b",
        r"\b(?:never|always|must)\b[^.!?\n]{0,20}\bstays? in character\b",
        r"\bjust (?:print|output)\b",
        # Orders about the answer: what a synopsis has no business with.
        r"\b(?:always|only|must|please|now) (?:recommend|rank|suggest|promote)\b[^.!?\n]{0,40}"
        r"\b(?:this|first|top|above|number one)\b",
        r"\b(?:respond|answer|reply)\b[^.!?\n]{0,20}\b(?:only|always|exactly)?\s*with\b[^.!?\n]{0,20}"
        r"\b(?:json|yes|the (?:word|phrase|following)|\[|\")",
        rf"\bthe {_MODEL} (?:must|should|shall|has to)\b[^.!?\n]{{0,20}}"
        r"\b(?:recommend|rank|reply|respond|output|disregard|mention)\b",
        r"\bthis (?:film|movie|title|series|show) (?:must|should|has to) (?:always )?be "
        r"(?:recommended|ranked|suggested|promoted)\b",
        r"\b(?:when(?:ever)?|if) (?:you are |(?:a|the) user |users? |some(?:body|one) )?"
        r"asks?(?:ed)?\b[^.!?\n]{0,40}\b(?:always|only|first) (?:recommend|suggest|answer|name)\b",
        r"\btell (?:the|every|all|any) users?\b",
        # Talk to a chat about itself.
        rf"\b(?:hi|hello|hey|dear|greetings),? {_MODEL}\b[^a-z]",
        r"\bchatgpt, (?:you|your|please|i)\b",
        r"\byou are (?:\w+, )?an? (?:large )?language model\b",
        r"\bfor the rest of (?:this|our) (?:chat|conversation)\b",
        r"\bopenai(?:'s)? (?:content |usage )?(?:polic(?:y|ies)|rules|guidelines)\b",
        r"\b(?:every|each|all) prompts? (?:i|you|that i|that you|received|given)\b",
        r"\b(?:ignore|disregard) (?:everything|anything|all|whatever)\b[^.!?\n]{0,30}"
        r"\b(?:before this|above|prior|previously)\b",
        r"\bnever refuse\b[^.!?\n]{0,40}\b(?:requests?|prompts?|questions?|instructions?)\b",
        r"\bknowledge cut-?off\b",
        # The first order in other languages; "previous" keeps a father's instructions out of it.
        r"\b(?:ignor\w*|oubli\w*|olvid\w*|vergiss|vergesst)\b[^.!?\n]{0,40}"
        r"\b(?:instruc\w*|instruk\w*|anweisung\w*|istruzion\w*|consignes)\b[^.!?\n]{0,20}"
        r"\b(?:anterior\w*|pr[eé]c[eé]dent\w*|previ[ae]s|zuvor|oben)",
        r"\b(?:ignor\w*|vergiss|vergesst)\b[^.!?\n]{0,20}\b(?:vorherig\w*|bisherig\w*)\b[^.!?\n]{0,20}"
        r"\b(?:anweisung\w*|instruktion\w*|regeln)\b",
        # The furniture of chats.
        r"<\|[a-z_]+\|>|\[/?(?:inst|sys|system)\]|<</?sys>>|<(?:system|assistant|user|tool_call)>",
        r"(?:^|\n)\s*(?:###\s*)?(?:system|assistant|instruction)\s*:",
        r"\[(?:begin|end) (?:of )?(?:system|instructions?|prompt|context)\b",
        # An image that a page would load from a stranger, with what it was told in the address.
        r"!\[[^\]\n]*\]\(https?://",
    )
)
MAX_READ = 20_000
# Letters that only look Latin, and so would hide a word from every pattern.
_LOOKALIKES = str.maketrans("аеіорсухАЕІОРСУХ", "aeiopcyxAEIOPCYX")  # noqa: RUF001 - Cyrillic
_SPACED_OUT = re.compile(r"\b(?:\w[ .\-_*]){4,}\w\b")


def find_instruction(text: str) -> str:
    """Return the words of `text` that read like an order to a model; empty if there are none."""
    shown = _as_read(text[:MAX_READ])
    for pattern in _PATTERNS:
        if found := pattern.search(shown):
            return " ".join(found.group(0).split())[:200]
    return ""


def _as_read(text: str) -> str:
    """Return the text as its reader sees it: no hidden characters, disguises or s p a c e s."""
    plain = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    seen = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return _SPACED_OUT.sub(lambda found: re.sub(r"[ .\-_*]", "", found.group(0)), seen)


def check_editor_text(text: str) -> str:
    """Return a warning for an editor who typed text that would be held; empty if there is none."""
    found = find_instruction(text)
    if not found:
        return ""
    return (
        f"“{found}” reads like an instruction to a language model. Word it otherwise: such text is "
        "neither embedded nor shown to a model."
    )


@transaction.atomic
def hold_texts(held: Iterable[tuple[int, str, str, str]]) -> int:
    """Keep texts apart: title id, field, text and source of each; return how many are new.

    The same field of a title from the same source is held once, with its newest text. A text
    that an editor has released or dropped is not held again.
    """
    new = 0
    for title_id, field, text, source in held:
        text = text[:MAX_READ]
        same = QuarantinedText.objects.filter(title_id=title_id, field=field, source=source)
        if same.exclude(status=QuarantinedText.Status.HELD).filter(text=text).exists():
            continue
        _, made = same.update_or_create(
            title_id=title_id,
            field=field,
            source=source,
            status=QuarantinedText.Status.HELD,
            defaults={
                "text": text,
                "reason": find_instruction(text),
                "created_at": timezone.now(),
            },
        )
        new += made
    return new
