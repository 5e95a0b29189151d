"""The form to upload a file of titles, and the one to change its column map."""

from __future__ import annotations

from django import forms

from catalog.importing.base import SourceUnavailable
from catalog.importing.column_map import MAX_MAP_BYTES, parse_map
from catalog.importing.registry import FILE_SOURCES, GENERIC
from catalog.importing.uploads import ENDINGS, MAX_UPLOAD_BYTES

MAX_MB = MAX_UPLOAD_BYTES // 1024**2


class MapForm(forms.Form):
    """Which column is what, as JSON."""

    column_map = forms.CharField(
        required=False,
        max_length=MAX_MAP_BYTES,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "map"}),
        help_text="JSON, for any other file only. Leave it empty to have the columns guessed: you "
        "see the guess before anything is imported, and can change it.",
    )

    def clean_column_map(self) -> str:
        text = str(self.cleaned_data["column_map"])
        if text.strip():
            try:
                parse_map(text)
            except SourceUnavailable as error:
                raise forms.ValidationError(str(error)) from error
        return text


class UploadForm(MapForm):
    """A file and whose it is."""

    source = forms.ChoiceField(
        choices=[(name, label) for name, (_, label) in FILE_SOURCES.items()],
        widget=forms.RadioSelect,
        initial=GENERIC,
    )
    file = forms.FileField(
        help_text=f"UTF-8, up to {MAX_MB} MB: {', '.join(ENDINGS)}. It is kept until it is "
        "imported or discarded.",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
    )
    field_order = ("source", "file", "column_map")
