"""Forms of wishes that name somebody or something: the name has to be one of the catalogue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy

from chat import wish_choices
from chat.chips import ROLE_LABELS
from chat.wish_form import WishForm

MAX_WORDS_CHARS = 120
# Whoever is in it is "with" somebody, whatever they did.
ROLES = [(role, label) for role, label in ROLE_LABELS.items() if role != "cast"]


class WordsForm(WishForm):
    words = forms.CharField(
        label="Name",
        max_length=MAX_WORDS_CHARS,
        error_messages={"required": "Type a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def initial_of(self, held: Any) -> dict[str, Any]:
        return {"words": held if isinstance(held, str) else held.text}

    def given(self) -> dict[str, Any]:
        return {self.slot: self.cleaned_data["words"]}


class TitleForm(WordsForm):
    hint = "Type a few letters and choose."

    def prepare(self) -> None:
        self.fields["words"].label = "Title"
        _suggest(self.fields["words"], "titles")

    def clean_words(self) -> Any:
        words = self.cleaned_data["words"]
        if (title := wish_choices.title_meant(words)) is None:
            raise forms.ValidationError(f"There is no title like “{words}” here. Try another.")
        return title


class PersonForm(WordsForm):
    role = forms.ChoiceField(label="As", choices=ROLES, required=False)
    field_order = ("role", "words")
    hint = "Type a few letters and choose."

    def prepare(self) -> None:
        self.fields["words"].label = "Person"
        _suggest(self.fields["words"], "people")
        if self.slot != "people_required":
            del self.fields["role"]

    def initial_of(self, held: Any) -> dict[str, Any]:
        return {"words": held.text, "role": "any" if held.role == "cast" else held.role}

    def clean_words(self) -> Any:
        words = self.cleaned_data["words"]
        person = wish_choices.person_meant(words, self.cleaned_data.get("role") or "any")
        if person is None:
            raise forms.ValidationError(f"Nobody here is called “{words}”. Try another name.")
        return person


def _suggest(field: forms.Field, what: str) -> None:
    """Offer names of the catalogue below a text field as somebody types."""
    field.widget.attrs |= {
        "list": "wish-names",
        "hx-get": str(reverse_lazy("chat:wish_names", args=[what])),
        "hx-trigger": "input changed delay:250ms",
        "hx-target": "#wish-names",
    }
