"""What hangs on a title, edited on its page."""

from __future__ import annotations

from typing import ClassVar

from catalog.admin.typed import CreditRows, ExternalIdRows, TitleTagRows
from catalog.models import Credit, ExternalId, TitleTag


class CreditInline(CreditRows):
    model = Credit
    fields = ("role", "billing", "person")
    autocomplete_fields = ("person",)
    extra = 0


class TitleTagInline(TitleTagRows):
    model = TitleTag
    fields = ("tag", "weight", "provenance", "source", "added_by")
    # Who says so is recorded, not entered: what an editor touches becomes the editor's.
    readonly_fields: ClassVar = ("provenance", "source", "added_by")
    autocomplete_fields = ("tag",)
    extra = 0


class ExternalIdInline(ExternalIdRows):
    model = ExternalId
    extra = 0
