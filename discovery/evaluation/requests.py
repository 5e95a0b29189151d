"""Requests in people's own words: what they would like to see, and what that film was called.

- vibe requests: a list of {"id", "title", "selftext", "request_mentions": [{"imdb_id"}],
  "gold": [{"imdb_id", "movielens_id"}]}; scored are those with a gold in the catalogue.
- tip of the tongue: a list of {"id", "title", "content", "gold_imdb_id"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from discovery.evaluation.cases import Case, CaseSet, clean, read_cases, read_json
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.index import CatalogueIndex

VIBE_METRICS = ("hit@10", "NDCG@10", "MRR", "Recall@10", "Recall@20", "Recall@100", "Recall@200")
TIP_METRICS = ("Recall@1", "Recall@10", "Recall@100", "NDCG@10", "MRR")


def read_vibe_requests(path: Path, index: CatalogueIndex) -> CaseSet:
    """Raises EvaluationError if the file is not of its form."""
    records = read_json(path, list)
    read, odd = read_cases(path, records, lambda record: _vibe_case(record, index))
    cases = [case for case in read if case.gold]
    if not cases:
        raise EvaluationError(f"No request of {path} has a gold title in this catalogue.")
    without = len(read) - len(cases)
    counts = {"in_file": len(records), "without_gold_in_catalogue": without, **odd}
    return CaseSet("vibe_requests", cases, VIBE_METRICS, counts=counts)


def _vibe_case(record: Mapping[str, Any], index: CatalogueIndex) -> Case:
    mentioned = [index.linked(ref) for ref in record.get("request_mentions") or ()]
    gold = [index.linked(ref) for ref in record["gold"] or ()]
    text = said(record.get("title"), record.get("selftext"))
    case_id = str(record["id"])
    known = tuple(dict.fromkeys(title_id for title_id in mentioned if title_id is not None))
    # What the catalogue lacks can't be recommended: it is no part of this set's truth.
    targets = tuple(dict.fromkeys(t for t in gold if t is not None and t not in known))
    return Case(case_id, (text,), text, targets, known, group=case_id)


def read_tips(path: Path, index: CatalogueIndex) -> CaseSet:
    """Raises EvaluationError if the file is not of its form."""
    records = read_json(path, list)
    cases, odd = read_cases(path, records, lambda record: _tip_case(record, index))
    missing = sum(not case.gold for case in cases)
    counts = {"in_file": len(records), "not_in_catalogue": missing, **odd}
    return CaseSet("tip_of_the_tongue", cases, TIP_METRICS, counts=counts)


def _tip_case(record: Mapping[str, Any], index: CatalogueIndex) -> Case:
    reference = {"imdb_id": record["gold_imdb_id"], "movielens_id": record.get("movielens_id")}
    text = said(record.get("title"), record.get("content"))
    case_id = str(record["id"])
    return Case(case_id, (text,), text, (index.linked(reference),), group=case_id)


def said(title: str | None, body: str | None) -> str:
    """Return a post as one message."""
    return f"{clean(title).strip()}\n{clean(body).strip()}".strip()
