"""The operations of a bulk edit: a form each, which makes the operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from catalog import bulk_edits
from catalog.admin.forms import GRADES, WEIGHTS, read_term
from catalog.bulk_edits import Operation
from catalog.models import Genre, Tag
from catalog.models.titles import NOTES
from catalog.revisions import User
from catalog.text import canonical_country, canonical_language


class OperationForm(forms.Form):
    """What an operation needs to know."""

    heading: ClassVar[str]

    def operation(self, user: User) -> Operation:
        """Return the operation; call it once the form is valid."""
        raise NotImplementedError


def term_field() -> forms.CharField:
    return forms.CharField(
        max_length=60,
        help_text="A term of the ontology, or a keyword.",
        widget=forms.TextInput(attrs={"list": "vocabulary", "autocomplete": "off"}),
    )


class AddTerm(OperationForm):
    heading = "Add a term"
    term = term_field()
    weight = forms.TypedChoiceField(choices=WEIGHTS, coerce=int, initial=2)

    def clean_term(self) -> str:
        return read_term(self.cleaned_data["term"])

    def operation(self, user: User) -> Operation:
        return bulk_edits.add_term(self.cleaned_data["term"], self.cleaned_data["weight"], user)


class RemoveTerm(OperationForm):
    heading = "Remove a term"
    term = term_field()

    def clean_term(self) -> str:
        """Take the words as they are if something is called so: a keyword may say a term."""
        name = " ".join(self.cleaned_data["term"].lower().split())
        return name if Tag.objects.filter(name=name).exists() else read_term(name)

    def operation(self, user: User) -> Operation:
        return bulk_edits.remove_term(self.cleaned_data["term"])


class SetNote(OperationForm):
    heading = "Set a content note"
    note = forms.ChoiceField(choices=[(note, note.replace("_", " ")) for note in NOTES])
    grade = forms.TypedChoiceField(choices=GRADES, coerce=int, empty_value=None, required=False)

    def operation(self, user: User) -> Operation:
        return bulk_edits.set_note(self.cleaned_data["note"], self.cleaned_data["grade"])


class SetAge(OperationForm):
    heading = "Set the youngest age"
    age = forms.IntegerField(
        min_value=0, max_value=21, required=False, help_text="0 to 21; empty: unknown."
    )

    def operation(self, user: User) -> Operation:
        age = self.cleaned_data["age"]
        label = f"Set the youngest age to {'unknown' if age is None else age}"
        return bulk_edits.set_fact("age_min", age, label)


class GenreForm(OperationForm):
    genre = forms.ModelChoiceField(Genre.objects.all(), to_field_name="name")


class AddGenre(GenreForm):
    heading = "Add a genre"

    def operation(self, user: User) -> Operation:
        return bulk_edits.add_genre(self.cleaned_data["genre"].name)


class RemoveGenre(GenreForm):
    heading = "Remove a genre"

    def operation(self, user: User) -> Operation:
        return bulk_edits.remove_genre(self.cleaned_data["genre"].name)


class NamesForm(OperationForm):
    """Languages or countries: they replace those that are there."""

    names = forms.CharField(
        max_length=300,
        required=False,
        help_text="Separated by commas; they replace what is there. Empty: unknown.",
    )
    fact: ClassVar[str]
    canonical: ClassVar[Any]

    def clean_names(self) -> list[str]:
        names = (type(self).canonical(name) for name in self.cleaned_data["names"].split(","))
        found = list(dict.fromkeys(name for name in names if name))
        if any(len(name) > 60 for name in found):
            raise ValidationError("A name has 60 letters at most: are commas missing?")
        return found

    def operation(self, user: User) -> Operation:
        names = self.cleaned_data["names"]
        label = f"Set the {self.fact} to {', '.join(names) or 'unknown'}"
        return bulk_edits.set_fact(self.fact, names, label)


class SetLanguages(NamesForm):
    heading = "Set the languages"
    fact = "languages"
    canonical = staticmethod(canonical_language)


class SetCountries(NamesForm):
    heading = "Set the countries"
    fact = "countries"
    canonical = staticmethod(canonical_country)


class Publish(OperationForm):
    heading = "Publish"

    def operation(self, user: User) -> Operation:
        return bulk_edits.publish()


class Withdraw(OperationForm):
    heading = "Withdraw"

    def operation(self, user: User) -> Operation:
        return bulk_edits.withdraw()


class MomentForm(OperationForm):
    moment = forms.SplitDateTimeField(
        label="Day and time (UTC)",
        widget=forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "aria-label": "Day"},
            time_attrs={"type": "time", "aria-label": "Time (UTC)"},
        ),
    )

    def clean_moment(self) -> Any:
        moment = self.cleaned_data["moment"]
        if moment <= timezone.now():
            raise ValidationError("Choose a moment to come.")
        return moment


class SchedulePublishing(MomentForm):
    heading = "Schedule publishing"

    def operation(self, user: User) -> Operation:
        return bulk_edits.schedule_publishing(self.cleaned_data["moment"])


class ScheduleWithdrawal(MomentForm):
    heading = "Schedule withdrawal"

    def operation(self, user: User) -> Operation:
        return bulk_edits.schedule_withdrawal(self.cleaned_data["moment"])


class ClearSchedule(OperationForm):
    heading = "Clear the schedule"

    def operation(self, user: User) -> Operation:
        return bulk_edits.clear_schedule()


OPERATIONS: Mapping[str, type[OperationForm]] = {
    "add-term": AddTerm,
    "remove-term": RemoveTerm,
    "content-note": SetNote,
    "age": SetAge,
    "add-genre": AddGenre,
    "remove-genre": RemoveGenre,
    "languages": SetLanguages,
    "countries": SetCountries,
    "publish": Publish,
    "withdraw": Withdraw,
    "schedule-publishing": SchedulePublishing,
    "schedule-withdrawal": ScheduleWithdrawal,
    "clear-schedule": ClearSchedule,
}
