"""App configuration."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from catalog import checks  # noqa: F401 - registers the check
