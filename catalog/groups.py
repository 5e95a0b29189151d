"""Two groups of staff, kept by every `migrate`: editors and operators.

Editors work on the catalogue and see nothing of conversations, except words without who said them:
on a title's page those that lately found it, and those that nobody could read, to name them.
Operators see everything that a turn left behind, and may correct the catalogue. Permissions are
only ever added: for other rules, make other groups.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

EDITORS = "editors"
OPERATORS = "operators"

# Models and what may be done to them. Titles are withdrawn, not deleted.
_EDITED = {
    "title": ("view", "add", "change"),
    "person": ("view", "add", "change"),
    "genre": ("view", "add", "change"),
    "tag": ("view", "add", "change"),
    "credit": ("view", "add", "change", "delete"),
    "titletag": ("view", "add", "change", "delete"),
    "externalid": ("view", "add", "change", "delete"),
    "kindred": ("view", "add", "change", "delete"),
    "revision": ("view", "add"),
    "savedfilter": ("view", "add", "change", "delete"),
    "distinctpair": ("view", "add"),
    "suggestion": ("view", "change"),
    "quarantinedtext": ("view", "change"),
    "importrun": ("view", "add"),
    "curationrule": ("view", "add", "change", "delete"),
    "collection": ("view", "add", "change", "delete"),
    "collectionitem": ("view", "add", "change", "delete"),
}
_WATCHED_APPS = frozenset({"discovery", "chat"})
# What nobody could read is named, and what doesn't belong there is taken out, by both.
_NAMED = (
    "view_unreadcluster",
    "change_unreadcluster",
    "view_unreadmessage",
    "delete_unreadmessage",
)
# Beyond looking: operators decide which version of GenRec serves.
_OPERATED = ("add_versionswitch", *_NAMED)


def grant_group_permissions(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """Give both groups their permissions on the models of one app.

    Receives `post_migrate`, which comes once an app, after `auth` has made its permissions.
    """
    if app_config.label == "catalog":
        codenames = [f"{verb}_{model}" for model, verbs in _EDITED.items() for verb in verbs]
        _grant(EDITORS, app_config.label, Q(codename__in=codenames), using)
        _grant(OPERATORS, app_config.label, Q(codename__in=codenames), using)
    elif app_config.label in _WATCHED_APPS:
        wanted = Q(codename__startswith="view_") | Q(codename__in=_OPERATED)
        _grant(OPERATORS, app_config.label, wanted, using)
        _grant(EDITORS, app_config.label, Q(codename__in=_NAMED), using)


def _grant(group_name: str, app_label: str, wanted: Q, using: str) -> None:
    group, _ = Group.objects.using(using).get_or_create(name=group_name)
    permissions = Permission.objects.using(using).filter(wanted, content_type__app_label=app_label)
    group.permissions.add(*permissions)
