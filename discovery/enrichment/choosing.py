"""GenRec's text head as a judge: how probable each of a few answers is.

The answer is one token under a schema of a few words, so it costs one pass over the prompt and
can be nothing else. Probabilities are read instead of the answer: a small model that always says
no still says it less surely where the answer is yes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from discovery.genrec_client import GenRecClient, GenRecUnavailable
from genrec.contract import plain_text

# The server lists so many next tokens; the choices' first pieces are among them.
_TOP = 20


class _Request(BaseModel):
    messages: list[dict[str, str]]
    structured_outputs: dict[str, Any]
    max_tokens: int = 1
    temperature: float = 0.0
    logprobs: bool = True
    top_logprobs: int = _TOP


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Token(_Loose):
    token: str
    logprob: float


class _Step(_Loose):
    top_logprobs: list[_Token]


class _Logprobs(_Loose):
    content: list[_Step]


class _Choice(_Loose):
    logprobs: _Logprobs


class _Reply(_Loose):
    choices: list[_Choice]


class ChoosingGenRec(GenRecClient):
    """A client that asks closed questions."""

    async def choose(self, task: str, question: str, answers: Sequence[str]) -> dict[str, float]:
        """Return the probability of each answer; they add up to 1.

        Args:
            task: what is asked for, the same for all questions of a kind.
            question: may hold a stranger's text, which stays data: it is made plain.
            answers: none the beginning of another.

        Raises:
            GenRecUnavailable: no answer, or one without probabilities.
        """
        request = _Request(
            messages=[
                {"role": "system", "content": task},
                {"role": "user", "content": plain_text(question)},
            ],
            structured_outputs={"choice": list(answers)},
        )
        reply = await self._send("POST", "/v1/chat/completions", _Reply, body=request)
        if not reply.choices or not reply.choices[0].logprobs.content:
            raise GenRecUnavailable("GenRec answered without probabilities", permanent=True)
        return _shares(reply.choices[0].logprobs.content[0].top_logprobs, answers)


def log_odds(shares: Mapping[str, float], answer: str) -> float:
    """Return the log-odds of one answer, within what a float of the server can tell."""
    share = min(max(shares[answer], 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


def _shares(tokens: Sequence[_Token], answers: Sequence[str]) -> dict[str, float]:
    """Add up the tokens that begin each answer: "y" and "ye" are beginnings of "yes"."""
    mass = {
        answer: sum(math.exp(t.logprob) for t in tokens if t.token and answer.startswith(t.token))
        for answer in answers
    }
    total = sum(mass.values())
    if total <= 0:
        raise GenRecUnavailable("GenRec found none of the answers possible", permanent=True)
    return {answer: share / total for answer, share in mass.items()}
