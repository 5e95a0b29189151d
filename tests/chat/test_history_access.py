"""Whose an imported history is: one viewer's, and nobody else's, staff included."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from catalog.groups import OPERATORS
from catalog.models import Title
from discovery.history import load_history
from discovery.models import HistoryEntry
from tests.chat.conversations import viewer_of
from tests.chat.uploads import MIXED, entry, the_import, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def test_another_viewers_import_is_not_there(
    visitor: Client, other_visitor: Client, operator: User, catalogue: dict[str, Title]
) -> None:
    upload(visitor, MIXED)
    batch, alien = the_import(visitor), entry(visitor, "Alien")
    staff = Client()
    staff.force_login(operator)
    for stranger in (other_visitor, staff):
        stranger.get("/history/")
        assert stranger.get(f"/history/{batch.pk}/").status_code == 404
        assert stranger.get(f"/history/entries/{alien.pk}/titles/").status_code == 404
        for address in (f"/history/{batch.pk}/remove/", f"/history/entries/{alien.pk}/"):
            assert stranger.post(address, {"action": "remove"}).status_code == 404
        assert "viewing" not in stranger.get("/history/").content.decode().split("Where to find")[0]
    assert HistoryEntry.objects.count() == 3


def test_a_guests_imports_follow_them_to_their_account(
    visitor: Client, operator: User, catalogue: dict[str, Title]
) -> None:
    upload(visitor, MIXED)
    visitor.force_login(operator)

    assert "Netflix viewing activity" in visitor.get("/history/").content.decode()
    assert len(load_history(viewer_of(visitor))) == 1


def test_operators_see_counts_and_no_rows(
    visitor: Client, operator: User, catalogue: dict[str, Title]
) -> None:
    upload(visitor, MIXED, "annas-viewing.csv")
    staff = Client()
    staff.force_login(operator)
    batch = the_import(visitor)
    listed = staff.get("/admin/discovery/historyimport/")
    one = staff.get(f"/admin/discovery/historyimport/{batch.pk}/change/")

    for answer in (listed, one):
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "annas" not in text
        assert "Lambs" not in text
        assert "no title" not in text
    assert 'class="field-unsure">1<' in listed.content.decode()
    assert staff.get("/admin/discovery/historyentry/").status_code == 404


def test_deleting_an_import_in_admin_names_no_title(
    visitor: Client, admin_client: Client, catalogue: dict[str, Title]
) -> None:
    upload(visitor, MIXED)
    address = f"/admin/discovery/historyimport/{the_import(visitor).pk}/delete/"
    question = admin_client.get(address).content.decode()

    assert "History entries" in question or "history entries" in question
    assert "Lambs" not in question
    admin_client.post(address, {"post": "yes"})
    assert not HistoryEntry.objects.exists()


def test_editors_see_none_of_it(visitor: Client, editor: User, catalogue: dict[str, Title]) -> None:
    upload(visitor, MIXED)
    staff = Client()
    staff.force_login(editor)

    assert not Group.objects.get(name=OPERATORS).user_set.filter(pk=editor.pk).exists()
    assert staff.get("/admin/discovery/historyimport/").status_code == 403


def test_pages_carry_no_inline_script_and_are_kept_by_nobody(
    visitor: Client, catalogue: dict[str, Title]
) -> None:
    upload(visitor, MIXED)
    for address in ("/history/", f"/history/{the_import(visitor).pk}/"):
        answer = visitor.get(address)
        page = answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
        assert "<style" not in page
        assert " style=" not in page
        assert page.count("<script") == page.count('<script src="')


def test_names_from_a_file_are_text(visitor: Client, catalogue: dict[str, Title]) -> None:
    page = upload(visitor, 'Title,Date\n"<script>alert(1)</script>",6/1/25\n', "<b>x</b>.csv")

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>x</b>" not in page
