"""The forms of a title's page: facts with their sources, content notes as grades, terms by name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.admin.typed import (
    ExternalIdModelForm,
    KindredModelForm,
    TitleModelForm,
    TitleTagModelForm,
    TitleTagModelFormSet,
)
from catalog.importing.ids import parse_id, parse_imdb
from catalog.importing.tags import ensure_tags
from catalog.models import ExternalId, Tag, Title, TitleTag
from catalog.models.titles import NOTES
from catalog.ontology import load_ontology
from catalog.quarantine import check_editor_text
from catalog.text import canonical_country, canonical_language

NOTE_PREFIX = "note_"
NOTE_FIELDS = tuple(f"{NOTE_PREFIX}{note}" for note in NOTES)
GRADES = (("", "unknown"), ("0", "0 none"), ("1", "1 mild"), ("2", "2 strong"), ("3", "3 extreme"))
WEIGHTS = ((1, "1 a touch"), (2, "2 clearly"), (3, "3 defining"))
ARTWORK_FIELDS = ("artwork_upload", "artwork_remove")


_Source = ExternalId.Source
_ID_READERS = {
    _Source.IMDB: parse_imdb,
    _Source.TMDB: parse_id,
    _Source.TMDB_TV: parse_id,
    _Source.MOVIELENS: parse_id,
}


def grade_field(note: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=note.replace("_", " ").capitalize(),
        choices=GRADES,
        coerce=int,
        empty_value=None,
        required=False,
    )


class NamesField(SimpleArrayField):
    """Names separated by commas; one comma too many is no empty name."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = ",".join(name for name in value.split(",") if name.strip())
        return super().to_python(value)


class TitleForm(TitleModelForm):
    """A title's facts; each says where its value is from."""

    note_violence = grade_field("violence")
    note_gore = grade_field("gore")
    note_sex = grade_field("sex")
    note_language = grade_field("language")
    note_scary = grade_field("scary")
    note_sad_ending = grade_field("sad_ending")
    artwork_upload = forms.FileField(
        label="New artwork",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text="JPEG, PNG or WebP, at least 300 pixels a side and at most 10 MB; cropped to "
        "2:3. Without one, artwork is drawn from the facts.",
    )
    artwork_remove = forms.BooleanField(label="Remove the uploaded artwork", required=False)

    class Meta:
        model = Title
        fields = (
            "name", "kind", "year", "runtime_min", "synopsis", "genres", "certificate", "age_min",
            "languages", "countries", "popularity", "status", "publish_at", "withdraw_at",
            "artwork_alt",
        )  # fmt: skip
        field_classes = {"languages": NamesField, "countries": NamesField}  # noqa: RUF012 - as below
        widgets = {  # noqa: RUF012 - read by the metaclass only
            "synopsis": forms.Textarea(attrs={"rows": 5}),
            "artwork_alt": forms.TextInput(attrs={"class": "vTextField"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NOTE_FIELDS:
            grade = self.instance.content_notes.get(name.removeprefix(NOTE_PREFIX))
            self.initial.setdefault(name, grade)
        for name in ("languages", "countries"):
            if name in self.fields:
                self.fields[name].help_text = "Separated by commas."
        if self.instance.pk:
            for name, field in self.fields.items():
                if said := source_of(self.instance, name):
                    field.help_text = format_html("{} {}", field.help_text, said)

    def clean_languages(self) -> list[str]:
        return _canonical(self.cleaned_data["languages"], canonical_language)

    def clean_countries(self) -> list[str]:
        return _canonical(self.cleaned_data["countries"], canonical_country)

    def clean_name(self) -> str:
        return without_orders(self.cleaned_data["name"])

    def clean_synopsis(self) -> str:
        return without_orders(self.cleaned_data["synopsis"])

    def clean_popularity(self) -> float:
        popularity: float = self.cleaned_data["popularity"]
        if not 0 <= popularity <= 1:
            raise ValidationError("Choose a number from 0 to 1.")
        return popularity

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        notes = {note: data.get(f"{NOTE_PREFIX}{note}") for note in NOTES}
        self.instance.content_notes = {n: grade for n, grade in notes.items() if grade is not None}
        self._check_schedule(data)
        if data.get("artwork_upload") and data.get("artwork_remove"):
            self.add_error("artwork_remove", "Choose a new file or remove the old one, not both.")
        return data

    def _check_schedule(self, data: dict[str, Any]) -> None:
        publish_at, withdraw_at = data.get("publish_at"), data.get("withdraw_at")
        status = data.get("status")
        for name in ("publish_at", "withdraw_at"):
            # One that is due and unchanged waits for the schedule, which comes every minute.
            if (
                name in self.changed_data
                and (moment := data.get(name))
                and moment <= timezone.now()
            ):
                self.add_error(name, "Choose a moment to come.")
        if publish_at and status in (Title.Status.PUBLISHED, Title.Status.WITHDRAWN):
            self.add_error(
                "publish_at",
                f"Only a draft is published by schedule, and this is {status}: "
                "make it a draft, or empty this.",
            )
        if withdraw_at and status == Title.Status.WITHDRAWN:
            self.add_error("withdraw_at", "It is withdrawn already: empty this.")
        if publish_at and withdraw_at and withdraw_at <= publish_at:
            self.add_error("withdraw_at", "Choose a moment after it is published.")

    @property
    def changed_facts(self) -> set[str]:
        """The title's own fields that were changed, and "genres"."""
        notes = {"content_notes"} if set(NOTE_FIELDS) & set(self.changed_data) else set()
        plain = set(self.changed_data) - {*NOTE_FIELDS, *ARTWORK_FIELDS}
        return notes | (plain - {"status", "publish_at", "withdraw_at", "artwork_alt"})


def _canonical(names: list[str], canonical: Any) -> list[str]:
    return list(dict.fromkeys(filter(None, (canonical(name) for name in names))))


def source_of(title: Title, name: str) -> str | SafeString:
    """Return who says a field's value, and whether imports may change it; empty if unknown."""
    source = title.field_sources.get(name, ("",))[0]
    if name in title.locked_fields:
        return format_html(
            '<span class="source source-editor" title="Imports leave it alone">{}, locked</span>',
            source or "editor",
        )
    return format_html('<span class="source">from {}</span>', source) if source else ""


def without_orders(text: str) -> str:
    """Return the text, which goes into prompts. Raises ValidationError if it reads like one."""
    if warning := check_editor_text(text):
        raise ValidationError(warning)
    return text


def read_term(words: str) -> str:
    """Return the term of the ontology, or the keyword, that words say. Raises ValidationError."""
    name = without_orders(" ".join(words.lower().split()))
    ontology = load_ontology()
    term = ontology.find(name) or ontology.find(name.replace("-", " "))
    return term.name if term else name


class TitleTagForm(TitleTagModelForm):
    """One term or keyword: a new one is typed, in any of the words that the ontology knows."""

    term = forms.CharField(
        max_length=60,
        required=False,
        widget=forms.TextInput(
            attrs={"list": "vocabulary", "autocomplete": "off", "aria-label": "Term or keyword"}
        ),
    )
    weight = forms.TypedChoiceField(
        choices=WEIGHTS,
        coerce=int,
        initial=2,
        widget=forms.Select(attrs={"aria-label": "Weight"}),
    )

    class Meta:
        model = TitleTag
        fields = ("weight",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["term"] = self.instance.tag.name
            self.fields["term"].disabled = True

    def has_changed(self) -> bool:
        """A new row without a term is no row, whatever its weight says."""
        return bool(self.instance.pk or self["term"].data) and super().has_changed()

    def clean_term(self) -> str:
        # What is there keeps its name: a keyword may be a word that says a term.
        if self.instance.pk:
            return self.instance.tag.name
        return read_term(self.cleaned_data["term"])

    def save(self, commit: bool = True) -> TitleTag:
        if not self.instance.pk:
            name = self.cleaned_data["term"]
            self.instance.tag = Tag.objects.get(pk=ensure_tags({name})[name])
        link: TitleTag = super().save(commit)
        return link


class TitleTagFormSet(TitleTagModelFormSet):
    """All terms of a title: each once."""

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            name = form.cleaned_data.get("term") if form.is_valid() else None
            if not name or form.cleaned_data.get("DELETE"):
                continue
            if name in seen:
                form.add_error("term", f"It has “{name}” already: change its weight there.")
            seen.add(name)


class ExternalIdForm(ExternalIdModelForm):
    """An id elsewhere, as that source writes its ids."""

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        parse = _ID_READERS.get(cleaned.get("source", ""))
        if parse and "value" in cleaned:
            try:
                cleaned["value"] = parse(cleaned["value"])
            except ValueError as error:
                why = str(error)
                self.add_error("value", f"{why[:1].upper()}{why[1:]}.")
        return cleaned


class KindredForm(KindredModelForm):
    """One kindred title: another one."""

    def clean_other(self) -> Title:
        other: Title = self.cleaned_data["other"]
        if other.pk == self.instance.title_id:
            raise ValidationError("That is this title itself: choose another.")
        return other
