"""One evaluation from files to report: scratch database, model server, sets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.embedding import embedding_version
from discovery.evaluation.cases import CaseSet
from discovery.evaluation.catalogue import contents_of, fill_catalogue
from discovery.evaluation.conversations import read_inspired, read_redial
from discovery.evaluation.ease import MentionModel
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.index import CatalogueIndex
from discovery.evaluation.ours import OurSystems
from discovery.evaluation.policies import policies_report
from discovery.evaluation.reply_cache import ReplyCache
from discovery.evaluation.report import safety_table, table
from discovery.evaluation.requests import read_tips, read_vibe_requests
from discovery.evaluation.run import Evaluation, sample_of
from discovery.evaluation.safety import judge, read_safety, safety_report
from discovery.evaluation.scratch import scratch_database
from discovery.evaluation.server import Address, started_server, with_rows
from discovery.evaluation.understanding import understanding_report
from discovery.evaluation.vector_cache import VectorCache
from discovery.genrec_client import GenRecClient
from discovery.policy import policy_version
from discovery.retrieval.crowding import refresh_crowding
from discovery.retrieval.keywords import refresh_tag_vectors
from discovery.retrieval.neighbours import refresh_neighbours
from discovery.retrieval.regard import refresh_regard
from discovery.retrieval.word_match import refresh_word_counts
from discovery.understanding.conversation import understand_turn
from genrec.contract import Query

Write = Callable[[str], object]
Save = Callable[[dict[str, Any]], object]
# Nobody listens there: for a client that is never asked.
_NOWHERE = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Files:
    """What to read; None leaves a set out."""

    catalogue: Path
    ratings: Path | None = None
    vibe_requests: Path | None = None
    tip_of_the_tongue: Path | None = None
    redial: Path | None = None
    redial_items: Path | None = None
    inspired: Path | None = None
    safety: Path | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """Which GenRec: a server at `url`, or one to start from `directory`."""

    url: str
    python: Path
    directory: Path
    cache: Path


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that was asked of one evaluation."""

    files: Files
    # None leaves the model out.
    model: Model | None
    understanding: bool
    offline_policy: bool
    scratch: str
    keep: bool
    vectors: Path
    # Sets for which ours is run without each source, too.
    ablations: tuple[str, ...]
    # So many cases a set; 0 is all.
    sample: int


def evaluate(options: Options, write: Write, save: Save) -> dict[str, Any]:
    """Run every set that was asked for; return the report.

    Args:
        save: takes the report after every set, so that an interrupted run keeps those before.

    Raises:
        EvaluationError: a file, the scratch name or the server can't be used.
        EmbedderUnavailable: the embedder's files are missing.
    """
    files = options.files
    # Before any work: a bad path shall not be found after an hour.
    check_paths(files)
    prompts = read_safety(files.safety) if files.safety else []
    contents = contents_of(files.catalogue, files.ratings)
    with scratch_database(options.scratch, contents, keep=options.keep) as scratch:
        if not scratch.filled:
            fill_catalogue(files.catalogue, files.ratings, VectorCache(options.vectors), write)
            scratch.mark_filled()
        # What the worker does at night.
        write(f"neighbours: {refresh_neighbours()} titles, words: {refresh_word_counts()}")
        write(f"regard: {refresh_regard()} titles, keywords: {refresh_tag_vectors()}")
        write(f"crowding: {refresh_crowding()} titles")
        index = CatalogueIndex.load()
        report = _head(index)
        sets = read_sets(files, index)
        if sets:
            rank_sets(sets, index, options, report, write, save)
        if prompts:
            chosen = sample_of(prompts, options.sample)
            report["sets"]["safety"] = safety_report(judge(chosen, _understand))
            write(safety_table(report["sets"]["safety"]))
        if options.understanding:
            report["sets"]["understanding"] = understanding_report()
            write(table("understanding", report["sets"]["understanding"]))
    if options.offline_policy:
        report["sets"]["offline_policy"] = policies_report()
        write(table("offline_policy", report["sets"]["offline_policy"]))
    return report


def _head(index: CatalogueIndex) -> dict[str, Any]:
    """Return what the figures depend on, beside the files."""
    return {
        "titles": len(index.ids),
        "embedding_version": embedding_version(),
        "policy": policy_version(),
        "genrec": "",
        "sets": {},
    }


def _understand(message: str) -> Query:
    return understand_turn(message, None, ()).query


def check_paths(files: Files) -> None:
    """Raises EvaluationError for a set whose file isn't there."""
    sets = (files.vibe_requests, files.tip_of_the_tongue, files.redial, files.redial_items)
    for path in (*sets, files.inspired):
        if path is not None and not path.is_file():
            raise EvaluationError(f"{path} can't be read: there is no such file.")


def read_sets(files: Files, index: CatalogueIndex) -> list[CaseSet]:
    """Return the sets of requests that were named; raises EvaluationError for a bad file."""
    sets = []
    if files.vibe_requests:
        sets.append(read_vibe_requests(files.vibe_requests, index))
    if files.tip_of_the_tongue:
        sets.append(read_tips(files.tip_of_the_tongue, index))
    if files.redial and files.redial_items:
        sets.append(read_redial(files.redial, files.redial_items, index))
    if files.inspired:
        sets.append(read_inspired(files.inspired, index))
    return sets


def rank_sets(
    sets: Sequence[CaseSet],
    index: CatalogueIndex,
    options: Options,
    report: dict[str, Any],
    write: Write,
    save: Save,
) -> None:
    """Add each set to the report, and which model ranked it."""
    ease = MentionModel.load(index)

    async def rank(address: Address | None) -> None:
        async with AsyncExitStack() as stack:
            genrec, report["genrec"] = await _client(stack, address, options.model, write)
            ours = OurSystems(genrec, use_genrec=address is not None)
            evaluation = Evaluation(index, ours, ease, write, options.ablations, options.sample)
            for case_set in sets:
                report["sets"][case_set.name] = await evaluation.run(case_set)
                report["fallbacks"] = dict(ours.fallbacks)
                save(report)

    with _server(options.model) if options.model else nullcontext() as address:
        asyncio.run(rank(address))


async def _client(
    stack: AsyncExitStack, address: Address | None, model: Model | None, write: Write
) -> tuple[GenRecClient, str]:
    """Return a client of the server, holding the catalogue's rows, and its artefact."""
    if address is None or model is None:
        return await stack.enter_async_context(GenRecClient(_NOWHERE)), ""
    client = await stack.enter_async_context(with_rows(address, ReplyCache(model.cache), write))
    return client, client.artefact


def _server(model: Model) -> AbstractContextManager[Address]:
    """Return the server to ask: the one that was named, or one started for this."""
    if not model.url:
        return started_server(model.python, model.directory, settings.BASE_DIR)
    if model.url.rstrip("/") in {url.rstrip("/") for url in settings.GENREC_URLS}:
        raise EvaluationError(
            f"{model.url} serves the live catalogue, whose rows would be replaced: "
            "give another server, or leave --genrec out to start one."
        )
    return nullcontext(Address(model.url, settings.GENREC_API_KEY))
