"""The pages of imported histories: upload, what came of it, putting it right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.models import Title
from chat import histories
from discovery.histories.reading import base
from discovery.history import load_history
from discovery.models import HistoryEntry, HistoryImport
from tests.chat.conversations import viewer_of
from tests.chat.uploads import HTMX, MIXED, counts, entry, the_import, upload
from tests.discovery.histories import exports
from tests.discovery.histories.exports import zipped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


# --- the pages ---


def test_the_chat_leads_to_it_and_it_explains_the_five_forms(visitor: Client) -> None:
    assert 'href="/history/"' in visitor.get("/").content.decode()
    page = visitor.get("/history/").content.decode()

    for service in ("Netflix", "Letterboxd", "Trakt", "IMDb", "MovieLens"):
        assert f"<dt>{service}</dt>" in page


def test_an_upload_says_what_came_of_it(visitor: Client, catalogue: dict[str, Title]) -> None:
    page = upload(visitor, MIXED, "viewing.csv")

    assert counts(page) == {"Unsure": 1, "Not found": 1, "Matched": 1, "Ignored": 0}
    # What needs a hand comes first.
    assert "Could be <a" in page
    assert "The Silence of the Lambs (1991)" in page
    assert "viewing.csv" in page
    assert re.search(r"<td>5</td><td>Title</td><td>no title</td>", page)
    assert "1 row left out" in page
    listed = visitor.get("/history/").content.decode()
    assert "1 unsure" in listed
    assert "1 not found" in listed


@pytest.mark.parametrize("content", [
    exports.NETFLIX, exports.IMDB, exports.ONE_USER, exports.STARS,
    exports.as_json(exports.TRAKT_RATINGS), zipped(exports.LETTERBOXD),
], ids=["netflix", "imdb", "movielens", "stars", "trakt", "letterboxd"])  # fmt: skip
def test_every_form_is_taken_under_any_name(
    visitor: Client, catalogue: dict[str, Title], content: str | bytes
) -> None:
    upload(visitor, content, "holiday.jpg")

    assert the_import(visitor).entries.exists()


def test_pages_list_a_part_at_a_time(visitor: Client, catalogue: dict[str, Title]) -> None:
    upload(visitor, "Title,Date\n" + "".join(f"Nothing Like {n}x{n},6/1/25\n" for n in range(30)))
    address = f"/history/{the_import(visitor).pk}/?show=unmatched"

    first, second = (visitor.get(f"{address}&page={n}").content.decode() for n in (1, 2))
    assert first.count('class="entry"') == histories.ENTRIES_PER_PAGE
    assert second.count('class="entry"') == 30 - histories.ENTRIES_PER_PAGE
    assert visitor.get(f"{address}&page=x").status_code == 200


# --- refusals ---


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"\xff\xfe\x00\x01", "isn&#x27;t UTF-8 text"),
        (b"Name,Price\nBread,2\n", "none of the five forms"),
        (zipped({"watched.csv": b"a" * 40_000_000}), "far more densely"),
        (exports.TWO_USERS.encode(), "MovieLens user"),
        (b"", "empty"),
    ],
    ids=["binary", "unknown", "bomb", "two users", "empty"],
)
def test_a_refused_file_leaves_nothing_and_says_what_to_do(
    visitor: Client, content: bytes, advice: str
) -> None:
    plain = visitor.post("/history/", {"file": SimpleUploadedFile("x", content)})
    part = visitor.post("/history/", {"file": SimpleUploadedFile("x", content)}, headers=HTMX)

    assert (plain.status_code, part.status_code) == (400, 200)
    for answer in (plain, part):
        assert advice in answer.content.decode()
    assert "<html" not in part.content.decode()
    assert not HistoryImport.objects.exists()


def test_no_file_and_a_file_that_is_too_large(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Choose a file first." in upload_nothing(visitor)
    monkeypatch.setattr(base, "MAX_UPLOAD_BYTES", 10)
    monkeypatch.setattr("discovery.histories.reading.recognising.MAX_UPLOAD_BYTES", 10)
    assert "larger than" in upload(visitor, exports.NETFLIX)


def upload_nothing(client: Client) -> str:
    return client.post("/history/", {}).content.decode()


def test_one_of_several_movielens_users(visitor: Client, catalogue: dict[str, Title]) -> None:
    assert "is a number" in upload(visitor, exports.TWO_USERS, movielens_user="me")
    upload(visitor, exports.TWO_USERS, movielens_user="12")

    assert the_import(visitor).rows == 1


def test_uploads_and_presses_are_limited(
    visitor: Client,
    catalogue: dict[str, Title],
    one_minute: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload(visitor, MIXED)
    monkeypatch.setattr(histories, "UPLOADS_PER_MINUTE", 1)
    monkeypatch.setattr(histories, "TOUCHES_PER_MINUTE", 0)
    answer = visitor.post("/history/", {"file": SimpleUploadedFile("x", MIXED.encode())})
    assert answer.status_code == 429
    assert "Too many uploads" in answer.content.decode()

    alien = entry(visitor, "Alien")
    pressed = visitor.post(f"/history/entries/{alien.pk}/", {"action": "ignore"}, headers=HTMX)
    assert "faster than we can keep up" in pressed.content.decode()
    searched = visitor.get(f"/history/entries/{alien.pk}/titles/?words=alien", headers=HTMX)
    assert "faster than we can keep up" in searched.content.decode()
    alien.refresh_from_db()
    assert alien.status == "matched"


def test_every_change_needs_a_post_and_a_token(
    visitor: Client, catalogue: dict[str, Title]
) -> None:
    upload(visitor, MIXED)
    batch, alien = the_import(visitor), entry(visitor, "Alien")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor.cookies
    for address in ("/history/", f"/history/{batch.pk}/remove/", f"/history/entries/{alien.pk}/"):
        assert strict.post(address, {"action": "remove"}).status_code == 403
    for address in (f"/history/{batch.pk}/remove/", f"/history/entries/{alien.pk}/"):
        assert visitor.get(address).status_code == 405
    assert HistoryEntry.objects.count() == 3


# --- by hand ---


@contextmanager
def expects(client: Client, name: str, status: str, title: str) -> Iterator[None]:
    yield
    found = entry(client, name)
    assert (found.status, found.title.name if found.title else "") == (status, title)


def test_confirm_choose_and_ignore(visitor: Client, catalogue: dict[str, Title]) -> None:
    upload(visitor, MIXED)
    fargo = str(catalogue["Fargo"].pk)
    steps = (
        ("Silence of the Lambs", {"action": "confirm"}, "fixed", "The Silence of the Lambs"),
        ("No Such Film", {"action": "choose", "title": fargo}, "fixed", "Fargo"),
        ("Alien", {"action": "ignore"}, "ignored", "Alien"),
    )
    for name, said, status, title in steps:
        with expects(visitor, name, status, title):
            address = f"/history/entries/{entry(visitor, name).pk}/"
            part = visitor.post(address, said, headers=HTMX).content.decode()
        assert f'data-status="{status}"' in part
        assert 'hx-swap-oob="true"' in part

    assert counts(part) == {"Unsure": 0, "Not found": 0, "Matched": 2, "Ignored": 1}
    titles = {event.title_id for event in load_history(viewer_of(visitor))}
    assert titles == {catalogue["Fargo"].pk, catalogue["The Silence of the Lambs"].pk}


def test_removing_entries_and_imports(visitor: Client, catalogue: dict[str, Title]) -> None:
    upload(visitor, MIXED)
    batch, alien = the_import(visitor), entry(visitor, "Alien")
    part = visitor.post(f"/history/entries/{alien.pk}/", {"action": "remove"}, headers=HTMX)
    assert f'id="entry-{alien.pk}"' not in part.content.decode()
    assert load_history(viewer_of(visitor)) == []

    page = visitor.post(f"/history/{batch.pk}/remove/", follow=True).content.decode()
    assert "is removed, with all it brought" in page
    assert not HistoryEntry.objects.exists()
    assert visitor.get(f"/history/{batch.pk}/").status_code == 404


def test_without_scripts_a_press_leads_back_to_the_list(
    visitor: Client, catalogue: dict[str, Title]
) -> None:
    upload(visitor, MIXED)
    unknown = entry(visitor, "No Such Film")
    choosing = visitor.get(f"/history/entries/{unknown.pk}/titles/?words=fargo").content.decode()
    assert "<html" in choosing
    assert f'value="{catalogue["Fargo"].pk}"' in choosing

    said = {"action": "choose", "title": str(catalogue["Fargo"].pk), "show": "matched"}
    answer = visitor.post(f"/history/entries/{unknown.pk}/", said)
    assert answer["Location"] == f"/history/{unknown.batch_id}/?show=matched"
    assert "counts as Fargo (1996)" in visitor.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("alien", "Alien (1979)"),
        ("alein", "Alien (1979)"),
        ("galaxy qest", "Galaxy Quest (1999)"),
        ("the thing 1982", "The Thing (1982)"),
        ("AMELIE", "Am\u00e9lie (2001)"),
    ],
)
def test_the_search_forgives_slips(
    visitor: Client, catalogue: dict[str, Title], words: str, first: str
) -> None:
    upload(visitor, MIXED)
    address = f"/history/entries/{entry(visitor, 'No Such Film').pk}/titles/"
    part = visitor.get(address, {"words": words}, headers=HTMX).content.decode()

    found = re.findall(r"Choose </span>([^<]+)<", part)
    assert found[0].strip() == first


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
def test_what_is_not_published_is_neither_found_nor_chosen(
    visitor: Client, catalogue: dict[str, Title], status: str
) -> None:
    upload(visitor, MIXED)
    Title.objects.filter(name="Fargo").update(status=status)
    address = f"/history/entries/{entry(visitor, 'No Such Film').pk}/"
    part = visitor.get(f"{address}titles/", {"words": "fargo"}, headers=HTMX).content.decode()
    assert "No title like" in part

    said = {"action": "choose", "title": str(catalogue["Fargo"].pk)}
    refused = visitor.post(address, said, headers=HTMX).content.decode()
    assert "not in the catalogue" in refused
    assert entry(visitor, "No Such Film").status == "unmatched"


@pytest.mark.parametrize(
    "said", [{}, {"action": "burn"}, {"action": "choose"}, {"action": "choose", "title": "x"},
             {"action": "choose", "title": "9" * 30}, {"action": "confirm"}]
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(
    visitor: Client, catalogue: dict[str, Title], said: dict[str, str]
) -> None:
    upload(visitor, MIXED)
    address = f"/history/entries/{entry(visitor, 'No Such Film').pk}/"
    part = visitor.post(address, said, headers=HTMX).content.decode()

    assert 'data-level="error"' in part
    assert entry(visitor, "No Such Film").status == "unmatched"
