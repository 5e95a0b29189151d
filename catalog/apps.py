"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CatalogueConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from catalog import checks  # noqa: F401 - registers the check
        from catalog.groups import grant_group_permissions

        # After this app in INSTALLED_APPS come discovery and chat: their permissions exist when
        # the signal comes for them, because auth's receiver was connected before this one.
        post_migrate.connect(grant_group_permissions, dispatch_uid="catalog.groups")
