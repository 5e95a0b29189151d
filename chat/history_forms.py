"""What the pages of imported histories take: a file, and what to do with one entry."""

from __future__ import annotations

from django import forms

from discovery.histories.reading.base import MAX_UPLOAD_BYTES

MAX_SEARCH_CHARS = 200


class UploadForm(forms.Form):
    """A file of one of the five forms. What is in it says which."""

    file = forms.FileField(
        label="Your export",
        allow_empty_file=True,
        error_messages={"required": "Choose a file first."},
    )
    movielens_user = forms.IntegerField(
        label="MovieLens user",
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        error_messages={"invalid": "The MovieLens user is a number, as in the column userId."},
        help_text="Only for a file with the ratings of several users: the number of yours.",
    )

    @property
    def max_megabytes(self) -> int:
        return MAX_UPLOAD_BYTES // 1024**2

    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0]) if self.errors else ""


class EntryForm(forms.Form):
    """What to do with one entry; `title` says which to choose."""

    ACTIONS = (("confirm",) * 2, ("choose",) * 2, ("ignore",) * 2, ("remove",) * 2)

    action = forms.ChoiceField(choices=ACTIONS)
    title = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        if cleaned.get("action") == "choose" and not cleaned.get("title"):
            raise forms.ValidationError("Say which title.")
        return cleaned
