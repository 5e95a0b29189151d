"""Django's admin classes, typed by model for mypy: at run time they take no type argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.forms.models import BaseInlineFormSet

if TYPE_CHECKING:
    from catalog.models import Credit, ExternalId, ImportRun, Kindred, SavedFilter, Title, TitleTag

    TitlePages = admin.ModelAdmin[Title]
    TermPages = admin.ModelAdmin[Any]
    ImportRunPages = admin.ModelAdmin[ImportRun]
    CreditRows = admin.TabularInline[Credit, Title]
    TitleTagRows = admin.TabularInline[TitleTag, Title]
    ExternalIdRows = admin.TabularInline[ExternalId, Title]
    KindredRows = admin.TabularInline[Kindred, Title]
    TitleModelForm = forms.ModelForm[Title]
    TitleTagModelForm = forms.ModelForm[TitleTag]
    KindredModelForm = forms.ModelForm[Kindred]
    ExternalIdModelForm = forms.ModelForm[ExternalId]
    TermModelForm = forms.ModelForm[Any]
    TitleTagModelFormSet = BaseInlineFormSet[TitleTag, Title, forms.ModelForm[TitleTag]]
    SavedFilterModelForm = forms.ModelForm[SavedFilter]
else:
    TitlePages = TermPages = ImportRunPages = admin.ModelAdmin
    CreditRows = TitleTagRows = ExternalIdRows = KindredRows = admin.TabularInline
    TitleModelForm = TitleTagModelForm = KindredModelForm = forms.ModelForm
    ExternalIdModelForm = forms.ModelForm
    TermModelForm = SavedFilterModelForm = forms.ModelForm
    TitleTagModelFormSet = BaseInlineFormSet
