"""Tables and plot: every system with its interval, ours told apart."""

from __future__ import annotations

from xml.etree import ElementTree

from discovery.evaluation.cases import Case, CaseSet
from discovery.evaluation.plot import plot
from discovery.evaluation.report import report_set, table
from discovery.evaluation.scores import score_lists

CASES = CaseSet("vibe_requests", [Case(str(n), (), "", (1,)) for n in range(8)], ("NDCG@10",))
SCORES = {
    "a < b": score_lists(CASES, [[2, 1]] * 8),
    "ours": score_lists(CASES, [[1]] * 8),
}


def test_compares_ours_with_every_other_system() -> None:
    report = report_set(CASES, SCORES)

    assert report["n"] == 8
    assert report["systems"]["ours"] == {"NDCG@10": 1, "ci95": {"NDCG@10": [1, 1]}}
    assert report["differences"]["ours - a < b"]["NDCG@10"] == 0.36907
    printed = table("vibe_requests", report)
    assert "| ours | 1.000 [1.000, 1.000] |" in printed
    assert "| ours - a < b | .369 [.369, .369] |" in printed


def test_draws_one_panel_a_set_as_valid_svg() -> None:
    drawn = plot({"sets": {"vibe_requests": report_set(CASES, SCORES), "other": {"systems": {}}}})

    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "vibe_requests: NDCG@10, n = 8" in words
    assert words.index("ours") < words.index("a < b")
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 2
