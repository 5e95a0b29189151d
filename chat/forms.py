"""What a browser may send over the socket, and what is done about the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.datastructures import MultiValueDict

from chat.offers import TAPPED
from discovery.models import Feedback
from genrec.contract import plain_text

# The longest message with every letter escaped.
FRAME_MAX_CHARS = 16_000
# Boxes of one field: more than there are genres.
MAX_TICKED = 60


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
class Edit:
    """Change a wish of a turn's Query, or add one (`value` None), and ask again."""

    turn_id: int
    slot: str
    value: str | None
    # What the form of the slot held: `chat.wish_forms` reads it.
    fields: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Tap:
    """Take up an offer that a turn's answer made: a relaxation, an answer, an angle."""

    turn_id: int
    among: str
    offer: int


@dataclass(frozen=True, slots=True)
class Undo:
    """Go back to what was asked before a turn."""

    turn_id: int


@dataclass(frozen=True, slots=True)
class AskLiterally:
    """Ask a turn's message again, with every word as it was spelt."""

    turn_id: int


@dataclass(frozen=True, slots=True)
class Add:
    """Search within a collection: one more wish for the conversation's Query."""

    collection: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop whatever is being answered or written in this conversation."""


Ask = Say | Remove | Edit | Tap | Undo | AskLiterally | Add
Frame = Ask | Stop


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
        text = " ".join(plain_text(self.cleaned_data["text"]).split())
        if not text:
            raise forms.ValidationError("Type what you are in the mood for.")
        return text[: settings.MESSAGE_MAX_CHARS]

    def frame(self) -> Frame:
        return Say(self.cleaned_data["text"], self.cleaned_data["request_id"])


class TurnForm(forms.Form):
    """A frame about a turn."""

    turn = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class RemoveForm(TurnForm):
    slot = forms.CharField(max_length=40)
    value = forms.CharField(max_length=200, required=False, strip=False)

    def frame(self) -> Frame:
        data = self.cleaned_data
        return Remove(data["turn"], data["slot"], data["value"])


class EditForm(TurnForm):
    """`data` holds the fields of the slot's own form as well; that form checks them."""

    slot = forms.CharField(max_length=40)
    old = forms.CharField(max_length=200, required=False, strip=False)
    adds = forms.BooleanField(required=False)

    def frame(self) -> Frame:
        data = self.cleaned_data
        own = {*self.fields, "action"}
        fields = cast("MultiValueDict[str, str]", self.data)
        rest = {name: each for name, each in fields.lists() if each and name not in own}
        return Edit(data["turn"], data["slot"], None if data["adds"] else data["old"], rest)


class TapForm(TurnForm):
    among = forms.ChoiceField(choices=[(name, name) for name in TAPPED])
    offer = forms.IntegerField(min_value=0, max_value=99)

    def frame(self) -> Frame:
        data = self.cleaned_data
        return Tap(data["turn"], data["among"], data["offer"])


class UndoForm(TurnForm):
    def frame(self) -> Frame:
        return Undo(self.cleaned_data["turn"])


class LiterallyForm(TurnForm):
    def frame(self) -> Frame:
        return AskLiterally(self.cleaned_data["turn"])


class AddForm(forms.Form):
    collection = forms.SlugField(max_length=60)

    def frame(self) -> Frame:
        return Add(self.cleaned_data["collection"])


class StopForm(forms.Form):
    def frame(self) -> Frame:
        return Stop()


class FeedbackForm(forms.Form):
    kind = forms.ChoiceField(choices=Feedback.Kind.choices)


FrameForm = (
    SayForm | RemoveForm | EditForm | TapForm | UndoForm | LiterallyForm | AddForm | StopForm
)
FRAME_FORMS: dict[str, type[FrameForm]] = {
    "say": SayForm,
    "remove": RemoveForm,
    "edit": EditForm,
    "tap": TapForm,
    "undo": UndoForm,
    "literally": LiterallyForm,
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
    # htmx sends strings, and lists of them where several boxes are ticked: only a chip's form has
    # some. Whatever else a browser sends is no form's input.
    lists = form_class is EditForm
    fields = {key: _strings_of(value, lists=lists) for key, value in data.items()}
    return form_class(MultiValueDict(fields))


def _strings_of(value: Any, *, lists: bool) -> list[str]:
    """Return the values of a field; lone surrogates are valid JSON, but no database stores them."""
    several = value[:MAX_TICKED] if isinstance(value, list) and lists else [value]
    texts = [str(each) for each in several if isinstance(each, str | int)]
    return [text.encode("utf-8", "ignore").decode("utf-8") for text in texts]
