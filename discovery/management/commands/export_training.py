"""`manage.py export_training --out DIR`: what `genrec train` needs, from the product's own tables.

Histories come from `discovery.history`, title documents from the catalogue's own builder, so that
GenRec trains on what it will be served. Viewers become numbers drawn anew at every export, and
moments become days; names, wishes, ratings and file names stay where they are.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from catalog.embedding import EmbedderUnavailable
from catalog.facts import TitleFacts, load_facts
from catalog.management.commands.embed_titles import write_embeddings
from catalog.models import ExternalId, Tag, Title, TitleTag
from catalog.progress import ProgressLines
from catalog.titlefile import FileTitle
from discovery.history import load_history
from discovery.models import Feedback, HistoryImport, Viewer
from discovery.types import Event

MANIFEST = "export.json"
# The trainer keeps one title of a viewer to validate on, and predicts from a history of two.
LEAST_TITLES = 4
# Below this a model learns who these few people are, not what people like.
NEEDED_VIEWERS = 100
NEEDED_EVENTS = 2000
# A title chosen this often gets a residual of its own.
OFTEN = 5
MAX_LOGLINE_WORDS = 60
CHUNK = 1000
ROWS_AT_ONCE = 50_000
EPOCH = date(1970, 1, 1)

INT, TEXT = pa.int64(), pa.string()
EVENTS = pa.schema(
    [("user_id", INT), ("pos", INT), ("movie_id", INT), ("kind", TEXT), ("day", INT)]
)
TARGETS = pa.schema([("user_id", INT), ("movie_id", INT)])
LISTS = ("genres", "director", "cast_top3", "keywords", "ml_tags")
FACTS = pa.schema(
    [
        *(("movieId", INT), ("imdbId", INT), ("title", TEXT), ("year", INT)),
        *((name, TEXT) for name in LISTS),
    ]
)
Row = dict[str, Any]
History = tuple[list[Event], list[Event]]
"""What a viewer chose and what they disliked, both oldest first."""


class Command(BaseCommand):
    help = "Write histories, title facts and embeddings of this product, to train GenRec on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="a directory, made or replaced")
        parser.add_argument(
            "--withhold-last",
            action="store_true",
            help="keep each viewer's last title apart in targets.parquet, for genrec evaluate",
        )
        parser.add_argument("--leave-out", type=Path, help="ids of viewers, one a line")
        parser.add_argument("--min-titles", type=int, default=5, help="least chosen by a viewer")
        parser.add_argument("--min-viewers", type=int, default=NEEDED_VIEWERS)
        parser.add_argument("--min-events", type=int, default=NEEDED_EVENTS)

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"].absolute()
        check_replaceable(out)
        if options["min_titles"] < LEAST_TITLES:
            raise CommandError(f"--min-titles must be at least {LEAST_TITLES}.")
        left_out = read_ids(options["leave_out"]) if options["leave_out"] else frozenset()
        histories = self.gather(left_out, options["min_titles"])
        check_enough(histories, options)
        out.parent.mkdir(parents=True, exist_ok=True)
        # Private, as the histories are: TemporaryDirectory lets nobody else in.
        with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as stage:
            try:
                self.write(Path(stage), histories, withhold=options["withhold_last"])
            except EmbedderUnavailable as error:
                raise CommandError(str(error)) from error
            if out.exists():
                shutil.rmtree(out)
            Path(stage).rename(out)
        self.stdout.write(f"Written to {out}. docs/training.md says how to go on.")

    def gather(self, left_out: frozenset[int], min_titles: int) -> list[History]:
        """Return every history that is long enough, in no order that says whose it is."""
        published = frozenset(Title.objects.published().values_list("pk", flat=True))
        viewers = viewers_with_history().exclude(pk__in=left_out)
        progress, total = ProgressLines("viewers", self.stdout.write), viewers.count()
        progress(0, total)
        found: list[History] = []
        for done, viewer in enumerate(viewers.iterator(chunk_size=CHUNK), start=1):
            events = [event for event in load_history(viewer) if event.title_id in published]
            if len((history := split_history(events))[0]) >= min_titles:
                found.append(history)
            progress(done, total)
        # They came in the order of the accounts. Randomness of the system can't be repeated.
        random.SystemRandom().shuffle(found)
        return found

    def write(self, out: Path, histories: list[History], *, withhold: bool) -> None:
        chosen, disliked = ([history[side] for history in histories] for side in (0, 1))
        if withhold:
            targets = [row(user, events[-1]) for user, events in enumerate(chosen, start=1)]
            write_table(out / "targets.parquet", targets, TARGETS)
            chosen = [events[:-1] for events in chosen]
        write_table(out / "sequences.parquet", event_rows(chosen), EVENTS)
        write_table(out / "dislikes.parquet", event_rows(disliked), EVENTS)
        titles = load_titles()
        terms, keywords = load_tags()
        write_table(
            out / "titles.parquet",
            [facts_row(title, keywords.get(title.movie_id, ())) for title in titles],
            FACTS,
        )
        n_described = write_descriptions(out / "described" / "titles.jsonl", titles, terms)
        version = write_embeddings(titles, out / "titles.safetensors", self.stdout.write)
        summary = {
            **count_events(chosen),
            "dislikes": sum(map(len, disliked)),
            "withheld": len(chosen) if withhold else 0,
            "titles": len(titles),
            "titles_described": n_described,
            "embedding_version": version,
            "created": timezone.now().date().isoformat(),
        }
        (out / MANIFEST).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        for name, value in summary.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {value}")


# --- histories ---


def viewers_with_history() -> QuerySet[Viewer]:
    """Viewers who said or imported something that is still there."""
    said = Exists(Feedback.objects.filter(viewer=OuterRef("pk")))
    imported = Exists(HistoryImport.objects.filter(viewer=OuterRef("pk")))
    return Viewer.objects.filter(said | imported).order_by("pk")


def split_history(events: Sequence[Event]) -> History:
    """Return what was chosen, one event a title, and what was disliked.

    A disliked title is no example of what to recommend, though it was seen. A title liked and
    seen is one event, the like, as in `discovery.history.ranking_history`.
    """
    disliked = [event for event in events if event.kind == "disliked"]
    refused = {event.title_id for event in disliked}
    liked = {event.title_id for event in events if event.kind == "liked"}
    chosen = [
        event
        for event in events
        if event.title_id not in refused and not (event.kind == "seen" and event.title_id in liked)
    ]
    return chosen, disliked


def check_enough(histories: list[History], options: Mapping[str, Any]) -> None:
    """Raise CommandError, with the numbers, unless there is enough to learn from."""
    viewers, events = options["min_viewers"], options["min_events"]
    n_events = sum(len(chosen) for chosen, _ in histories)
    if len(histories) >= viewers and n_events >= events:
        return
    raise CommandError(
        f"Too little to train on: {len(histories)} viewers who chose "
        f"{options['min_titles']} titles or more, with {n_events} events. Needed are "
        f"{viewers} viewers with {events} events: wait for more feedback and imported histories. "
        "For a trial, --min-titles, --min-viewers and --min-events ask for less."
    )


def event_rows(histories: Iterable[Sequence[Event]]) -> Iterator[Row]:
    for user, events in enumerate(histories, start=1):
        for pos, event in enumerate(events):
            yield {**row(user, event), "pos": pos}


def row(user: int, event: Event) -> Row:
    day = (event.at.astimezone(UTC).date() - EPOCH).days if event.at else None
    return {"user_id": user, "movie_id": event.title_id, "kind": event.kind, "day": day}


def count_events(histories: Sequence[Sequence[Event]]) -> dict[str, int]:
    often = Counter(event.title_id for events in histories for event in events)
    return {
        "viewers": len(histories),
        "events": often.total(),
        "titles_chosen": len(often),
        f"titles_chosen_{OFTEN}_times": sum(count >= OFTEN for count in often.values()),
    }


# --- titles ---


def load_titles() -> list[FileTitle]:
    """Return every published title, by id."""
    ids = list(Title.objects.published().order_by("pk").values_list("pk", flat=True))
    imdb = dict(
        ExternalId.objects.filter(source=ExternalId.Source.IMDB).values_list("title_id", "value")
    )
    chunks = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    facts = {pk: known for chunk in chunks for pk, known in load_facts(chunk).items()}
    return [FileTitle(pk, imdb.get(pk, ""), facts[pk]) for pk in ids if pk in facts]


def load_tags() -> tuple[dict[int, dict[str, int]], dict[int, list[str]]]:
    """Return the ontology's terms with their strengths, and the keywords, of each title."""
    terms: dict[int, dict[str, int]] = {}
    keywords: dict[int, list[str]] = {}
    links = TitleTag.objects.order_by("title_id", "-weight", "tag__name").values_list(
        "title_id", "tag__name", "tag__group", "weight"
    )
    for pk, name, group, weight in links.iterator():
        if group == Tag.Group.KEYWORD:
            keywords.setdefault(pk, []).append(name)
        else:
            terms.setdefault(pk, {})[name] = weight
    return terms, keywords


def facts_row(title: FileTitle, keywords: Sequence[str]) -> Row:
    facts: TitleFacts = title.facts
    lists = (facts.genres, facts.directors, facts.cast[:3], keywords, ())
    return {
        "movieId": title.movie_id,
        "imdbId": imdb_number(title.imdb),
        "title": facts.name,
        "year": facts.year,
        # "|" separates: a name that has one must not become two.
        **{
            name: "|".join(value.replace("|", "/") for value in values) or None
            for name, values in zip(LISTS, lists, strict=True)
        },
    }


def imdb_number(imdb: str) -> int | None:
    digits = imdb.removeprefix("tt")
    return int(digits) if digits.isdecimal() else None


def write_descriptions(
    path: Path, titles: Iterable[FileTitle], terms: Mapping[int, Mapping[str, int]]
) -> int:
    """Write a line of terms and logline for each title that has an imdb id and either."""
    path.parent.mkdir()
    lines = []
    for title in titles:
        synopsis = title.facts.synopsis
        logline = synopsis if len(synopsis.split()) <= MAX_LOGLINE_WORDS else ""
        vibes = terms.get(title.movie_id, {})
        if title.imdb and (vibes or logline):
            lines.append(json.dumps({"imdb": title.imdb, "vibes": vibes, "logline": logline}))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


# --- files ---


def write_table(path: Path, rows: Iterable[Row], schema: pa.Schema) -> None:
    remaining = iter(rows)
    with parquet.ParquetWriter(path, schema) as writer:
        for batch in iter(lambda: list(islice(remaining, ROWS_AT_ONCE)), []):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def read_ids(path: Path) -> frozenset[int]:
    try:
        return frozenset(int(line) for line in path.read_text().split())
    except (OSError, ValueError) as error:
        raise CommandError(f"--leave-out must be a file of viewers' ids: {error}") from error


def check_replaceable(out: Path) -> None:
    """Raise CommandError if `out` holds something that is no earlier export."""
    if out.exists() and not (
        out.is_dir() and (not any(out.iterdir()) or (out / MANIFEST).exists())
    ):
        raise CommandError(f"{out} exists and is no earlier export: give another --out.")
