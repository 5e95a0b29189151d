"""App configuration."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"
