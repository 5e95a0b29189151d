"""The benchmark of parse validity counts what the server wrote and what the application refuses."""

from __future__ import annotations

import json

import httpx

from benchmarks.parse_validity import CountingTransport, ask, asked_of, report
from discovery.genrec_client import Circuit, GenRecClient
from discovery.language.parse_examples import parse_examples

EXAMPLE = next(
    one for one in parse_examples() if one["held_out"] and len(json.loads(one["answer"])) > 1
)


def stream(text: str, n_tokens: int) -> bytes:
    """Return what the server sends: a piece of text a chunk, then the usage, then the end."""
    half = len(text) // 2
    events = [
        *({"choices": [{"delta": {"content": part}}]} for part in (text[:half], text[half:])),
        {"choices": [], "usage": {"completion_tokens": n_tokens}},
    ]
    return b"".join(f"data: {json.dumps(one)}\n\n".encode() for one in events) + b"data: [DONE]\n\n"


async def answers_to(texts: list[str]) -> list[str]:
    left = list(enumerate(texts, start=1))
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        number, text = left.pop(0)
        return httpx.Response(200, stream=httpx.ByteStream(stream(text, 10 * number)))

    counter = CountingTransport(httpx.MockTransport(answer))
    client = GenRecClient("http://genrec", transport=counter, circuit=Circuit())
    asked = asked_of(EXAMPLE)
    async with client:
        answered = [await ask(client, counter, asked) for _ in texts]
    # What is sent is what the examples of the task hold, and the schema of the application.
    assert seen[0]["messages"] == EXAMPLE["messages"]
    assert seen[0]["response_format"]["json_schema"]["schema"] == EXAMPLE["schema"]
    assert [one.n_tokens for one in answered] == [10 * n for n in range(1, len(texts) + 1)]
    return report(answered)


async def test_a_cut_off_answer_and_another_shape_are_refused() -> None:
    right = EXAMPLE["answer"]
    word = next(iter(json.loads(right)))
    joyful = json.dumps(json.loads(right) | {word: "joy"})
    texts = [right, right[:-1], '{"other": "mood"}', joyful, "[]"]
    lines = await answers_to(texts)
    assert lines[:2] == ["requests: 5", "accepted: 1 (20.00%)"]
    assert "at most 40 tokens: 80.0%" in lines
    assert len([line for line in lines if line.startswith("not accepted")]) == 4


async def test_right_answers_are_all_accepted() -> None:
    lines = await answers_to([EXAMPLE["answer"]] * 3)
    assert lines[1] == "accepted: 3 (100.00%)"
    assert lines[2] == "tokens: median 20, p95 29, most 30"


def test_every_held_out_example_can_be_asked_again() -> None:
    for one in parse_examples():
        if one["held_out"]:
            assert asked_of(one).words == list(json.loads(one["answer"]))
