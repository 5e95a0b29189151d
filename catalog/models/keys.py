"""Keep `name_key`, the folded name that search matches, in step with `name`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models

from catalog.text import fold

NamedModel = TypeVar("NamedModel", bound=models.Model)


def set_name_key(named: Any) -> None:
    """Fold the name of a model that has `name` and `name_key`, cut to what the column holds."""
    limit = named._meta.get_field("name_key").max_length
    named.name_key = fold(named.name)[:limit]


def with_name_key(update_fields: Iterable[str]) -> list[str]:
    """Return `update_fields` with `name_key` added where `name` is saved."""
    fields = list(update_fields)
    return [*fields, "name_key"] if "name" in fields and "name_key" not in fields else fields


class NameKeyQuerySet(models.QuerySet[NamedModel]):
    """Set `name_key` in bulk operations, which call no `save()`."""

    def bulk_create(
        self, objs: Iterable[NamedModel], *args: Any, **kwargs: Any
    ) -> list[NamedModel]:
        named = list(objs)
        for obj in named:
            set_name_key(obj)
        return super().bulk_create(named, *args, **kwargs)

    def bulk_update(
        self, objs: Iterable[NamedModel], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        named = list(objs)
        for obj in named:
            set_name_key(obj)
        return super().bulk_update(named, with_name_key(fields), batch_size=batch_size)


class NameKeyModel(models.Model):
    """A model with `name` and `name_key`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        set_name_key(self)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = with_name_key(kwargs["update_fields"])
        super().save(*args, **kwargs)
