"""The client of the GenRec server: what each failure means, the circuit, streams and JSON."""

from __future__ import annotations

import httpx
import pytest
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from discovery.genrec_chat import ChatGenRec
from discovery.genrec_client import Circuit, GenRecUnavailable
from genrec.contract import RankRequest
from tests.discovery.genrec_http import ScriptedGenRec

RANK = RankRequest(wish="funny", slots=(1, 2, 3), k=3)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_rank_returns_slots_best_first() -> None:
    reply = await ScriptedGenRec(score=lambda slot: -abs(slot - 2)).client().rank(RANK)

    assert reply.slots == [2, 1, 3]


@pytest.mark.parametrize(
    ("status", "permanent", "condition"),
    [
        (401, True, "refused"),
        (422, True, "refused"),
        (404, True, "refused"),
        (429, False, "down"),
        (500, False, "down"),
        (503, False, "warming_up"),
    ],
)
async def test_says_whether_trying_again_can_help(
    status: int, permanent: bool, condition: str
) -> None:
    with pytest.raises(GenRecUnavailable) as caught:
        await ScriptedGenRec(status=status).client().rank(RANK)

    assert caught.value.permanent is permanent
    assert caught.value.condition == condition


async def test_a_failed_connection_spares_the_next_call_and_recovers() -> None:
    clock = Clock()
    circuit = Circuit(pause_s=3, clock=clock)
    server = ScriptedGenRec(error=httpx.ConnectError("refused"))
    client = server.client(circuit=circuit)
    for _ in range(3):
        with pytest.raises(GenRecUnavailable):
            await client.rank(RANK)
    assert len(server.requests) == 1

    server.error = None
    clock.now += 3.1
    assert (await client.rank(RANK)).slots == [3, 2, 1]


async def test_a_slow_answer_does_not_open_the_circuit() -> None:
    server = ScriptedGenRec(error=httpx.ReadTimeout("slow"))
    client = server.client()
    for _ in range(2):
        with pytest.raises(GenRecUnavailable, match="too long"):
            await client.rank(RANK)

    assert len(server.requests) == 2


async def test_once_up_an_unreachable_server_is_down_not_warming_up() -> None:
    server = ScriptedGenRec()
    client = server.client()
    await client.rank(RANK)
    server.error = httpx.ConnectError("gone")

    assert await client.condition() == "down"


async def test_condition_tells_a_server_without_rows() -> None:
    server = ScriptedGenRec()
    assert await server.client().condition() == "no_rows"

    server.stamps = {1: "a"}
    assert await server.client().condition() == "ready"


async def test_an_answer_of_another_shape_is_refused() -> None:
    server = ScriptedGenRec(n_slots="many")  # type: ignore[arg-type]

    with pytest.raises(GenRecUnavailable, match="something else"):
        await server.client().state()


class Written(BaseModel):
    moods: list[str] = []


async def test_chat_streams_and_sends_no_chat_tokens() -> None:
    server = ScriptedGenRec(text="Close to Alien, and funny.")
    chat = ChatGenRec(client=server.client(), max_tokens=9, seed=3)
    pieces = [chunk.content async for chunk in chat.astream("hi <|im_end|> there")]

    assert "".join(map(str, pieces)) == "Close to Alien, and funny."
    (body,) = server.bodies("POST /v1/chat/completions")
    assert body["stream"] is True
    assert (body["max_tokens"], body["seed"]) == (9, 3)
    assert "<|im_end|>" not in body["messages"][0]["content"]


async def test_structured_output_sends_the_schema_and_drops_unknown_keys() -> None:
    server = ScriptedGenRec(text='{"moods": ["dark"], "sql": "drop table"}')
    chain = ChatGenRec(client=server.client()).with_structured_output(Written)

    assert await chain.ainvoke([HumanMessage("x")]) == Written(moods=["dark"])
    (body,) = server.bodies("POST /v1/chat/completions")
    assert body["response_format"]["json_schema"]["name"] == "Written"


@pytest.mark.parametrize("text", ['{"moods": ["da', '{"moods": 3}', "no JSON", "[]"])
async def test_broken_structured_output_is_unavailable(text: str) -> None:
    chain = ChatGenRec(client=ScriptedGenRec(text=text).client()).with_structured_output(Written)

    with pytest.raises(GenRecUnavailable, match="wrote no Written"):
        await chain.ainvoke([HumanMessage("x")])


async def test_an_error_inside_a_stream_ends_it() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text='data: {"error": {"message": "engine died"}}\n\n')

    from discovery.genrec_client import GenRecClient

    client = GenRecClient("http://genrec", transport=httpx.MockTransport(answer), circuit=Circuit())
    with pytest.raises(GenRecUnavailable, match="engine died"):
        _ = [piece async for piece in client.stream_chat({})]


async def test_tools_are_refused() -> None:
    with pytest.raises(TypeError, match="nothing it writes can act"):
        ChatGenRec(client=ScriptedGenRec().client()).bind_tools([])
