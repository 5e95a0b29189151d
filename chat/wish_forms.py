"""The little form behind each chip: it shows one wish, and turns what was chosen into Query fields.

A form's `given` is what `chat.chip_edits` puts into the Query. The forms only offer what makes
sense; that they were kept to is checked again here, because a browser may send anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from chat import wish_choices
from chat.chips import value_of
from chat.name_forms import PersonForm, TitleForm, WordsForm
from chat.wish_form import WishForm, number_field
from chat.wish_slots import CHOICES, LABELS
from discovery.types import Query

_LESS = "less "
_NOTES = {
    "violence": "violence",
    "gore": "gore",
    "sex": "sex",
    "language": "strong language",
    "scary": "frights",
}
_LIMITS = [(0, "none at all"), (1, "a little at most"), (2, "some at most")]


class PickForm(WishForm):
    """One value of a list."""

    choice = forms.ChoiceField(label="Choose", error_messages={"required": "Choose one."})

    def prepare(self) -> None:
        self.fields["choice"].label = LABELS[self.slot]
        current = [self.held] if isinstance(self.held, str) else []
        self.offer("choice", CHOICES[self.slot](), current)

    def initial_of(self, held: Any) -> dict[str, Any]:
        return {"choice": held}

    def given(self) -> dict[str, Any]:
        return {self.slot: self.cleaned_data["choice"]}


class MoodForm(PickForm):
    less = forms.BooleanField(label="Less of it", required=False)

    def prepare(self) -> None:
        self.held = self.held and str(self.held).removeprefix(_LESS)
        super().prepare()

    def initial_of(self, held: Any) -> dict[str, Any]:
        return {"choice": held.removeprefix(_LESS), "less": held.startswith(_LESS)}

    def given(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        return {"moods": f"{_LESS if chosen['less'] else ''}{chosen['choice']}"}


class AnyGenreForm(WishForm):
    """Several genres, any of which will do."""

    choices = forms.MultipleChoiceField(
        label="Any of",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose one or more."},
    )

    def prepare(self) -> None:
        self.offer("choices", wish_choices.genres(), self.held or ())

    def initial_of(self, held: Any) -> dict[str, Any]:
        return {"choices": list(held)}

    def given(self) -> dict[str, Any]:
        return {"genres_any": tuple(self.cleaned_data["choices"])}


class YearsForm(WishForm):
    low = number_field("From", 1870, 2100, required=False)
    high = number_field("To", 1870, 2100, required=False)
    hint = "Leave one empty for no limit on that side."
    fields_of_query: ClassVar[tuple[str, str]] = ("year_min", "year_max")

    def initial_of(self, held: Any) -> dict[str, Any]:
        return {"low": held[0], "high": held[1]}

    def given(self) -> dict[str, Any]:
        return dict(
            zip(self.fields_of_query, (self.cleaned_data["low"], self.cleaned_data["high"]),
                strict=True)
        )  # fmt: skip


class RuntimeForm(YearsForm):
    low = number_field("At least, in minutes", 1, 1000, required=False)
    high = number_field("At most, in minutes", 1, 1000, required=False)
    fields_of_query = ("runtime_min", "runtime_max")


class NumberForm(WishForm):
    """A field that is one number."""

    number = number_field("Number", 0, 3000)
    # Slot -> label, least, most.
    BOUNDS: ClassVar[Mapping[str, tuple[str, int, int]]] = {
        "age_max": ("Fit for age", 0, 21),
        "count": ("How many titles", 1, 20),
        "runtime_total": ("Minutes for all of them together", 1, 3000),
    }

    def prepare(self) -> None:
        label, low, high = self.BOUNDS[self.slot]
        self.fields["number"] = number_field(label, low, high)

    def initial_of(self, held: Any) -> dict[str, Any]:
        return {"number": held}

    def given(self) -> dict[str, Any]:
        return {self.slot: self.cleaned_data["number"]}


class ContentForm(WishForm):
    note = forms.ChoiceField(label="How much", choices=list(_NOTES.items()))
    limit = forms.TypedChoiceField(label="Limit", coerce=int, choices=_LIMITS)

    def initial_of(self, held: Any) -> dict[str, Any]:
        return {"note": held[0], "limit": held[1]}

    def given(self) -> dict[str, Any]:
        return {"content_max": (self.cleaned_data["note"], self.cleaned_data["limit"])}


class QuotaForm(WishForm):
    number = number_field("How many", 1, 20)
    choice = forms.ChoiceField(label="Of what")

    def prepare(self) -> None:
        self.offer("choice", CHOICES["quotas"](), [self.held[0]] if self.held else [])

    def initial_of(self, held: Any) -> dict[str, Any]:
        return {"choice": held[0], "number": held[1]}

    def given(self) -> dict[str, Any]:
        return {"quotas": (self.cleaned_data["choice"], self.cleaned_data["number"])}


class FlagForm(WishForm):
    """A wish without a value."""

    hint = "Titles whose facts aren't known are shown, too."

    def given(self) -> dict[str, Any]:
        return {"allow_unknown": True}


_FORMS: Mapping[str, type[WishForm]] = {
    "genres_any": AnyGenreForm,
    "years": YearsForm,
    "runtime": RuntimeForm,
    "moods": MoodForm,
    "like": TitleForm,
    "unlike": TitleForm,
    "exclude_titles": TitleForm,
    "people_required": PersonForm,
    "people_none": PersonForm,
    "people": PersonForm,
    "age_max": NumberForm,
    "count": NumberForm,
    "runtime_total": NumberForm,
    "content_max": ContentForm,
    "quotas": QuotaForm,
    "availability": WordsForm,
    "allow_unknown": FlagForm,
}


def form_for(slot: str, data: Any = None, *, held: Any = None) -> WishForm | None:
    """Return the form of a slot, or None if there is no such slot."""
    if slot not in LABELS:
        return None
    return _FORMS.get(slot, PickForm)(slot, data, held=held)


def held_by(query: Query, slot: str, value: str) -> Any:
    """Return what a chip stands for, as the form of its slot shows it."""
    if slot in ("years", "runtime"):
        field = {"years": "year", "runtime": "runtime"}[slot]
        return getattr(query, f"{field}_min"), getattr(query, f"{field}_max")
    held = getattr(query, slot)
    if isinstance(held, Mapping):
        return value, held[value]
    if isinstance(held, tuple) and slot != "genres_any":
        return next(item for item in held if value_of(item) == value)
    return held
