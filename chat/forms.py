"""What a browser may send over the socket, and what is done about the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings

from discovery.models import Feedback
from genrec.contract import plain_text

FRAME_MAX_CHARS = 8_000


class BadFrame(Exception):
    """A frame that can't be used. Its message is for the viewer and says what to do."""


@dataclass(frozen=True, slots=True)
class Say:
    """A message. `request_id` is the browser's, so that a message sent twice is taken once."""

    text: str
    request_id: UUID | None


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a wish (a chip) out of a turn's Query and ask again."""

    turn_id: int
    slot: str
    value: str


@dataclass(frozen=True, slots=True)
class Relax:
    """Take up an offer that a turn's answer made."""

    turn_id: int
    offer: int


@dataclass(frozen=True, slots=True)
class Add:
    """Search within a collection: one more wish for the conversation's Query."""

    collection: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop whatever is being answered or written in this conversation."""


Frame = Say | Remove | Relax | Add | Stop


class SayForm(forms.Form):
    text = forms.CharField(
        max_length=settings.MESSAGE_MAX_CHARS,
        error_messages={
            "required": "Type what you are in the mood for.",
            "max_length": f"Keep it under {settings.MESSAGE_MAX_CHARS} characters.",
        },
    )
    request_id = forms.UUIDField(required=False)

    def clean_text(self) -> str:
        # Lone surrogates are valid JSON, but no database stores them.
        storable = self.cleaned_data["text"].encode("utf-8", "ignore").decode("utf-8")
        text = " ".join(plain_text(storable).split())
        if not text:
            raise forms.ValidationError("Type what you are in the mood for.")
        return text[: settings.MESSAGE_MAX_CHARS]

    def frame(self) -> Frame:
        return Say(self.cleaned_data["text"], self.cleaned_data["request_id"])


class RemoveForm(forms.Form):
    turn = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    slot = forms.CharField(max_length=40)
    value = forms.CharField(max_length=200, required=False, strip=False)

    def frame(self) -> Frame:
        data = self.cleaned_data
        return Remove(data["turn"], data["slot"], data["value"])


class RelaxForm(forms.Form):
    turn = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    offer = forms.IntegerField(min_value=0, max_value=99)

    def frame(self) -> Frame:
        return Relax(self.cleaned_data["turn"], self.cleaned_data["offer"])


class AddForm(forms.Form):
    collection = forms.SlugField(max_length=60)

    def frame(self) -> Frame:
        return Add(self.cleaned_data["collection"])


class StopForm(forms.Form):
    def frame(self) -> Frame:
        return Stop()


class FeedbackForm(forms.Form):
    kind = forms.ChoiceField(choices=Feedback.Kind.choices)


FrameForm = SayForm | RemoveForm | RelaxForm | AddForm | StopForm
FRAME_FORMS: dict[str, type[FrameForm]] = {
    "say": SayForm,
    "remove": RemoveForm,
    "relax": RelaxForm,
    "add": AddForm,
    "stop": StopForm,
}


def read_frame(text_data: str | None) -> Frame:
    """Return what the browser asks for.

    Raises:
        BadFrame: too long, no JSON object, an unknown action, or a field that makes no sense.
    """
    form = _form_of(_object_of(text_data))
    if not form.is_valid():
        first_error = next(iter(form.errors.values()))[0]
        raise BadFrame(str(first_error))
    return form.frame()


def _object_of(text_data: str | None) -> dict[str, Any]:
    if text_data is None or len(text_data) > FRAME_MAX_CHARS:
        raise BadFrame(f"Keep it under {settings.MESSAGE_MAX_CHARS} characters.")
    try:
        data = json.loads(text_data)
    except (ValueError, RecursionError) as error:
        raise BadFrame("That message was garbled. Reload the page and try again.") from error
    if not isinstance(data, dict):
        raise BadFrame("That message was garbled. Reload the page and try again.")
    return data


def _form_of(data: dict[str, Any]) -> FrameForm:
    form_class = FRAME_FORMS.get(str(data.get("action")))
    if form_class is None:
        raise BadFrame("This page is out of date. Reload it and try again.")
    # htmx sends strings; a list or an object where a string belongs is no form's input.
    fields = {key: str(value) for key, value in data.items() if isinstance(value, str | int)}
    return form_class(fields)
