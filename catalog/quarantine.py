"""Text that reads like an instruction to a model is kept apart, never embedded or prompted.

A catalogue takes text from strangers' files. Prompts only ever quote it as data and the output is
checked, so this is the outer wall, not the only one: it also keeps a viewer from reading orders
where a synopsis should be. The patterns ask for an addressee ("you are now", "your
instructions") or the furniture of chats, which synopses do not have; they would rather miss than
hold back a film about a hypnotist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
        # The furniture of chats.
        r"<\|[a-z_]+\|>|\[/?(?:inst|sys|system)\]|<</?sys>>|<(?:system|assistant|user|tool_call)>",
        r"(?:^|\n)\s*(?:###\s*)?(?:system|assistant|instruction)\s*:",
    )
)
MAX_READ = 20_000


def find_instruction(text: str) -> str:
    """Return the words of `text` that read like an order to a model; empty if there are none."""
    for pattern in _PATTERNS:
        if found := pattern.search(text[:MAX_READ]):
            return " ".join(found.group(0).split())[:200]
    return ""


def hold_texts(held: Iterable[tuple[int, str, str, str]]) -> int:
    """Keep texts apart: title id, field, text and source of each; return how many are new.

    The same field of a title from the same source is held once, with its newest text.
    """
    rows = [
        QuarantinedText(
            title_id=title_id,
            field=field,
            text=text[:MAX_READ],
            source=source,
            reason=find_instruction(text),
        )
        for title_id, field, text, source in held
    ]
    before = QuarantinedText.objects.count()
    for row in rows:
        QuarantinedText.objects.update_or_create(
            title_id=row.title_id,
            field=row.field,
            source=row.source,
            status=QuarantinedText.Status.HELD,
            defaults={"text": row.text, "reason": row.reason, "created_at": timezone.now()},
        )
    return QuarantinedText.objects.count() - before
