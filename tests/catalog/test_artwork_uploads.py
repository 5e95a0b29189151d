"""Uploaded artwork: only pictures get in, only their pixels stay, and none is ever broken."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image, PngImagePlugin

from catalog.artwork.uploads import MAX_BYTES, POSTER_PX, make_poster, remove_artwork, store_artwork
from catalog.models import Title

pytestmark = pytest.mark.django_db
RED, GREEN = (200, 30, 20), (20, 160, 60)


@pytest.fixture
def media(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media" / "artwork"


@pytest.fixture
def title(media: Path) -> Title:
    return Title.objects.create(name="Alien", year=1979)


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def plain(width: int = 600, height: int = 900, colour: Any = RED, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (width, height), colour)


def upload(content: bytes, name: str = "poster.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def stored(title: Title) -> Image.Image:
    with title.artwork.open("rb") as file:
        picture = Image.open(io.BytesIO(file.read()))
    picture.load()
    return picture


def near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 14 for a, b in zip(pixel[:3], colour, strict=True))


# --- what gets in ---


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_a_poster(title: Title, media: Path, kind: str) -> None:
    store_artwork(title, upload(encoded(plain(), kind)), alt="  A red field.  ")

    title.refresh_from_db()
    picture = stored(title)
    assert (picture.format, picture.size) == ("WEBP", POSTER_PX)
    assert near(picture.getpixel((200, 300)), RED)
    assert title.artwork_alt == "A red field."
    assert re.fullmatch(r"artwork/[0-9a-f]{32}\.webp", title.artwork.name)


def test_a_broad_picture_is_cut_not_squeezed(title: Title) -> None:
    broad = plain(1500, 900, GREEN)
    broad.paste(RED, (450, 0, 1050, 900))

    store_artwork(title, upload(encoded(broad)), alt="")

    picture = stored(title)
    assert all(near(picture.getpixel((x, 300)), RED) for x in (5, 200, 395))


def test_a_picture_on_its_side_is_turned_upright(title: Title) -> None:
    lying = plain(900, 600, GREEN)
    lying.paste(RED, (0, 0, 450, 600))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise: what is left comes to the top

    store_artwork(title, upload(encoded(lying, "JPEG", exif=exif)), alt="")

    picture = stored(title)
    assert near(picture.getpixel((200, 60)), RED)
    assert near(picture.getpixel((200, 540)), GREEN)


def test_metadata_does_not_stay(title: Title, media: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET camera owner"
    noted = PngImagePlugin.PngInfo()
    noted.add_text("Comment", "SECRET place")
    for content in (
        encoded(plain(), "JPEG", exif=exif, comment=b"SECRET words"),
        encoded(plain(), "PNG", pnginfo=noted) + b"SECRET <?php payload ?>",
        encoded(plain(), "WEBP", exif=exif, xmp=b"SECRET"),
    ):
        assert b"SECRET" in content
        store_artwork(title, upload(content), alt="")
        assert b"SECRET" not in Path(title.artwork.path).read_bytes()


@pytest.mark.parametrize(
    "picture",
    [
        plain(mode="L", colour=90),
        plain(mode="1", colour=1),
        plain(mode="P", colour=3),
        plain(mode="LA", colour=(90, 120)),
        plain(mode="RGBA", colour=(*RED, 0)),
        plain(mode="I;16", colour=40_000),
    ],
    ids=lambda picture: picture.mode,
)
def test_every_way_to_hold_pixels_is_read(title: Title, picture: Image.Image) -> None:
    store_artwork(title, upload(encoded(picture)), alt="")

    assert stored(title).mode == "RGB"


def test_16_bits_a_pixel_are_not_burnt_out(title: Title) -> None:
    store_artwork(title, upload(encoded(plain(mode="I;16", colour=0x6400))), alt="")

    assert near(stored(title).getpixel((200, 300)), (100, 100, 100))


def test_print_colours_are_read(title: Title) -> None:
    store_artwork(
        title, upload(encoded(plain(mode="CMYK", colour=(0, 255, 255, 0)), "JPEG")), alt=""
    )

    red, green, blue = stored(title).getpixel((200, 300))  # type: ignore[misc]
    assert red > 150 > green
    assert blue < 100


# --- what does not ---


def png_that_says(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that claims a size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 4096)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "svg": lambda: SVG,
    "gif": lambda: encoded(plain(), "GIF"),
    "bmp": lambda: encoded(plain(), "BMP"),
    "html": lambda: b"<html><script>alert(1)</script>",
    "cut off": lambda: encoded(plain(), "JPEG")[:1500],
    "a png's head on html": lambda: b"\x89PNG\r\n\x1a\n" + b"<html>" * 400,
    "too small": lambda: encoded(plain(299, 900)),
    "too large": lambda: encoded(plain(300, 6001)),
    "says 20,000 x 20,000": lambda: png_that_says(20_000, 20_000),
    "says 10,000 x 10,000": lambda: png_that_says(10_000, 10_000),
    "says 2,000 x 3,000 and has none": lambda: png_that_says(2_000, 3_000),
    "too many bytes": lambda: encoded(plain()) + b"\0" * MAX_BYTES,
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_fitting_picture_is_refused_in_words(
    title: Title, media: Path, what: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        store_artwork(title, upload(REFUSED[what]()), alt="x")

    assert len(refusal.value.messages[0]) > 20
    title.refresh_from_db()
    assert (title.artwork.name, title.artwork_alt) == ("", "")
    assert not media.exists()


def test_a_name_and_a_type_that_lie_are_not_believed(title: Title) -> None:
    lying = SimpleUploadedFile("../../etc/cron.png", SVG, content_type="image/png")
    with pytest.raises(ValidationError):
        make_poster(lying)

    honest = SimpleUploadedFile("../../x.html", encoded(plain()), content_type="text/html")
    store_artwork(title, honest, alt="")
    assert title.artwork.name.startswith("artwork/")


# --- what is kept ---


def test_a_new_picture_replaces_the_file_once_that_is_committed(
    title: Title, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        store_artwork(title, upload(encoded(plain())), alt="red")
    first = Path(title.artwork.path)
    with django_capture_on_commit_callbacks(execute=True):
        store_artwork(title, upload(encoded(plain(colour=GREEN))), alt="green")

    assert not first.exists()
    assert [path.name for path in media.iterdir()] == [Path(title.artwork.path).name]

    with django_capture_on_commit_callbacks(execute=True):
        remove_artwork(title)
    title.refresh_from_db()
    assert (title.artwork.name, title.artwork_alt) == ("", "")
    assert list(media.iterdir()) == []
    remove_artwork(title)


def test_an_upload_changes_no_fact(title: Title) -> None:
    before = Title.objects.values("updated_at", "name", "status").get(pk=title.pk)

    store_artwork(title, upload(encoded(plain())), alt="")

    assert Title.objects.values("updated_at", "name", "status").get(pk=title.pk) == before


# --- what is shown ---


def address(title: Title) -> str:
    return reverse("catalog:artwork", args=[title.pk])


def test_the_upload_is_served_with_its_type_and_a_tag(title: Title, visitor: Client) -> None:
    drawn = visitor.get(address(title))
    store_artwork(title, upload(encoded(plain())), alt="A red field.")

    response = visitor.get(address(title), headers={"If-None-Match": drawn["ETag"]})

    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "max-age=3600" in response["Cache-Control"]
    assert Image.open(io.BytesIO(response.content)).size == POSTER_PX
    again = visitor.get(address(title), headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert 'alt="A red field."' in visitor.get(title.get_absolute_url()).content.decode()


def test_a_hidden_titles_upload_is_not_served(title: Title, visitor: Client) -> None:
    store_artwork(title, upload(encoded(plain())), alt="")
    for status in (Title.Status.DRAFT, Title.Status.WITHDRAWN):
        Title.objects.update(status=status)
        assert visitor.get(address(title)).status_code == 404


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:200]),
        lambda path: path.write_bytes(SVG),
    ],
    ids=["gone", "empty", "cut off", "another file"],
)
def test_a_missing_or_damaged_file_is_drawn_over(
    title: Title,
    visitor: Client,
    damage: Callable[[Path], Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    store_artwork(title, upload(encoded(plain())), alt="")
    whole = visitor.get(address(title))
    damage(Path(title.artwork.path))

    response = visitor.get(address(title), headers={"If-None-Match": whole["ETag"]})

    assert response.status_code == 200
    assert response["Content-Type"] == "image/svg+xml"
    assert b"Alien" in response.content
    assert "drawn instead: title=" in caplog.text


def test_a_name_that_leads_elsewhere_is_not_followed(title: Title, visitor: Client) -> None:
    Title.objects.update(artwork="../../../etc/passwd")

    response = visitor.get(address(title))

    assert response["Content-Type"] == "image/svg+xml"
    assert b"root:" not in response.content
