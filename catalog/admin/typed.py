"""Django's admin classes, typed by model for mypy: at run time they take no type argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

if TYPE_CHECKING:
    from catalog.models import Credit, ExternalId, ImportRun, Title, TitleTag

    TitlePages = admin.ModelAdmin[Title]
    TermPages = admin.ModelAdmin[Any]
    ImportRunPages = admin.ModelAdmin[ImportRun]
    CreditRows = admin.TabularInline[Credit, Title]
    TitleTagRows = admin.TabularInline[TitleTag, Title]
    ExternalIdRows = admin.TabularInline[ExternalId, Title]
else:
    TitlePages = TermPages = ImportRunPages = admin.ModelAdmin
    CreditRows = TitleTagRows = ExternalIdRows = admin.TabularInline
