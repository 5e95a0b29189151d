"""Embeddings of another version are told of, never ignored."""

from __future__ import annotations

from io import StringIO

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from catalog.models import Title

pytestmark = pytest.mark.django_db


def check() -> str:
    errors = StringIO()
    call_command("check", databases=["default"], stderr=errors, stdout=errors)
    return errors.getvalue()


def test_agreement_is_silent(embedded_catalogue: dict[str, Title]) -> None:
    assert "catalog.W001" not in check()


def test_vectors_of_another_version(embedded_catalogue: dict[str, Title]) -> None:
    Title.objects.filter(name="Alien").update(embedding_version="older")

    assert "(catalog.W001) 1 titles were embedded by another version" in check()
    assert "manage.py refresh_titles" in check()


def test_an_embedder_that_is_gone(
    embedded_catalogue: dict[str, Title], settings: LazySettings, tmp_path: object
) -> None:
    settings.MODELS_DIR = tmp_path

    assert "export-embedder" in check()


def test_an_empty_catalogue_needs_no_embedder(settings: LazySettings, tmp_path: object) -> None:
    settings.MODELS_DIR = tmp_path

    assert "catalog.W001" not in check()


def test_admin_says_so_above_the_titles(
    operator: User, client: Client, embedded_catalogue: dict[str, Title]
) -> None:
    client.force_login(operator)
    url = reverse("admin:catalog_title_changelist")
    assert b"another version" not in client.get(url).content

    Title.objects.filter(name="Alien").update(embedding_version="older")

    assert b"1 titles were embedded by another version" in client.get(url).content
