"""The catalogue in Django's admin: for editors, and read by operators."""

from catalog.admin.curation import CollectionAdmin, CurationRuleAdmin
from catalog.admin.imports import ImportRunAdmin
from catalog.admin.quarantine import QuarantinedTextAdmin
from catalog.admin.suggestions import SuggestionAdmin
from catalog.admin.titles import TitleAdmin
from catalog.admin.vocabulary import GenreAdmin, PersonAdmin, TagAdmin

__all__ = [
    "CollectionAdmin",
    "CurationRuleAdmin",
    "GenreAdmin",
    "ImportRunAdmin",
    "PersonAdmin",
    "QuarantinedTextAdmin",
    "SuggestionAdmin",
    "TagAdmin",
    "TitleAdmin",
]
