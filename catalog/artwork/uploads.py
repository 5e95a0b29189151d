"""Uploaded artwork: checked, made anew, and kept under a name that says nothing.

Nothing of an upload is stored as it came. Its pixels are decoded, turned upright, cut to the shape
of a poster and written as a new WebP file, so that no metadata, no second payload and no broken
file gets past. Files are private: `catalog.views.artwork` answers for them.
"""

from __future__ import annotations

import io
import logging
import secrets
import struct
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image, ImageOps

from catalog.models import Title

logger = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 10 * 1024 * 1024
MIN_SIDE_PX, MAX_SIDE_PX = 300, 6000
# Width and height of what is kept: twice the size of a card.
POSTER_PX = (400, 600)
# Faces and names stand above the middle of a poster.
CENTRE = (0.5, 0.4)
WEBP_QUALITY = 84
# What transparent pixels of an upload are laid on.
BACKDROP = (24, 22, 20)
# What Pillow raises for files that lie about themselves, beside `OSError`.
_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, OverflowError, struct.error,
)  # fmt: skip
# What it says of more pixels than any poster has: the second is raised where warnings are errors.
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@transaction.atomic
def store_artwork(title: Title, upload: UploadedFile, *, alt: str) -> None:
    """Make an upload the artwork of a saved title; the old file goes once that is committed.

    Args:
        alt: what the picture shows, for those who can't see it; empty says "Poster of ...".

    Raises:
        ValidationError: not a picture of an accepted kind and size; the message says what to do.
    """
    picture = make_poster(upload)
    old = title.artwork.name
    field: Any = title.artwork
    # Random: a name must not say what a draft is, nor be guessed.
    field.save(f"{secrets.token_hex(16)}.webp", ContentFile(picture), save=False)
    title.artwork_alt = alt.strip()[:200]
    _write(title)
    _delete_later(title, old)


@transaction.atomic
def remove_artwork(title: Title) -> None:
    """Go back to the generated poster. A title without artwork stays as it is."""
    old = title.artwork.name
    if not old:
        return
    title.artwork = ""
    title.artwork_alt = ""
    _write(title)
    _delete_later(title, old)


def make_poster(upload: UploadedFile) -> bytes:
    """Return an upload as a WebP poster of `POSTER_PX`.

    Raises:
        ValidationError: as in `store_artwork`.
    """
    if (upload.size or 0) > MAX_BYTES:
        raise ValidationError(f"The file is larger than {MAX_BYTES // 2**20} MB: make it smaller.")
    upload.seek(0)
    # One byte more than allowed: the size above is what the browser said.
    content = upload.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValidationError(f"The file is larger than {MAX_BYTES // 2**20} MB: make it smaller.")
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        _check_size(picture)
        return _encoded(picture)
    except _BOMBS as error:
        raise ValidationError(f"The picture is larger than {MAX_SIDE_PX} pixels a side.") from error
    except _BROKEN as error:
        logger.info("artwork refused: %r", error)
        raise ValidationError(
            "This is no JPEG, PNG or WebP picture, or it is damaged. Save it anew and try again."
        ) from error


def is_whole(content: bytes) -> bool:
    """Say whether stored bytes are a picture that a browser can show, by decoding them."""
    try:
        with Image.open(io.BytesIO(content), formats=("WEBP",)) as picture:
            picture.load()
    except (*_BROKEN, *_BOMBS):
        return False
    return True


def _check_size(picture: Image.Image) -> None:
    """Refuse by the sizes in the header: decoding a bomb is what it is made for."""
    smallest, largest = min(picture.size), max(picture.size)
    if smallest < MIN_SIDE_PX or largest > MAX_SIDE_PX:
        width, height = picture.size
        raise ValidationError(
            f"The picture is {width} x {height} pixels: both sides must have {MIN_SIDE_PX} to "
            f"{MAX_SIDE_PX}."
        )


def _encoded(picture: Image.Image) -> bytes:
    # A JPEG may be decoded at a fraction of its size; what comes is never under what is asked.
    picture.draft("RGB", (POSTER_PX[0] * 2, POSTER_PX[1] * 2))
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I;16"):
        upright = upright.convert("I").point(lambda level: level / 256).convert("L")
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        upright = Image.new("RGB", layer.size, BACKDROP)
        upright.paste(layer, mask=layer.getchannel("A"))
    poster = ImageOps.fit(
        upright.convert("RGB"), POSTER_PX, Image.Resampling.LANCZOS, centering=CENTRE
    )
    # A picture without the fields that the upload's metadata would be copied from.
    clean = Image.frombytes("RGB", poster.size, poster.tobytes())
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=WEBP_QUALITY, method=4)
    return out.getvalue()


def _write(title: Title) -> None:
    """Write only what belongs to the artwork: no fact has changed, so nothing is embedded anew."""
    Title.objects.filter(pk=title.pk).update(
        artwork=title.artwork.name, artwork_alt=title.artwork_alt
    )


def _delete_later(title: Title, name: str) -> None:
    """Delete a file once the title no longer names it; a rollback keeps both."""
    if name:
        storage = title.artwork.storage
        transaction.on_commit(lambda: storage.delete(name))
