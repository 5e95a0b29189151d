"""What the little forms behind the chips have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms

from chat import wish_choices
from chat.wish_choices import Choices


class WishForm(forms.Form):
    """One slot's form. `slot` and what the chip holds now decide its choices."""

    heading: ClassVar[str] = ""
    hint: ClassVar[str] = ""

    def __init__(self, slot: str, data: Any = None, *, held: Any = None) -> None:
        super().__init__(data, initial=self.initial_of(held) if held is not None else None)
        self.slot = slot
        self.held = held
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices that only the catalogue knows."""

    def offer(self, name: str, choices: Choices, current: Iterable[str]) -> None:
        """Let a field choose among these, and keep what it holds now."""
        field = cast(forms.ChoiceField, self.fields[name])
        field.choices = wish_choices.with_current(choices, current)
        field.error_messages["invalid_choice"] = "Choose one of the list."

    def initial_of(self, held: Any) -> dict[str, Any]:
        """Return how the form shows a wish that is there already."""
        return {}

    def given(self) -> dict[str, Any]:
        """Return the Query's fields as they were chosen; the form is valid."""
        raise NotImplementedError

    def fault(self) -> str:
        """Return the first thing that is wrong, for the viewer."""
        return str(next(iter(self.errors.values()))[0])


def number_field(label: str, low: int, high: int, **options: Any) -> forms.IntegerField:
    hint = {"inputmode": "numeric"}
    widget = forms.NumberInput(attrs=hint)
    return forms.IntegerField(
        label=label, min_value=low, max_value=high, widget=widget,
        error_messages={
            "required": "Give a number.",
            "invalid": "Give a whole number.",
            "min_value": f"Choose {low} or more.",
            "max_value": f"Choose {high} or less.",
        },
        **options,
    )  # fmt: skip
