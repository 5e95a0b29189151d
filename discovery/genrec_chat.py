"""GenRec's text head as a langchain chat model: streaming, structured output, cancellation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.outputs.chat_generation import ChatGeneration
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import BaseTool
from pydantic import BaseModel, ConfigDict

from discovery.genrec_client import GenRecClient, GenRecUnavailable
from genrec.contract import plain_text

_ROLES = {"human": "user", "system": "system", "ai": "assistant"}


class ChatGenRec(BaseChatModel):
    """A chat model over the OpenAI-compatible completions of the GenRec server.

    Message contents pass through `plain_text`, so that no title or wish can end a turn of the
    chat template. Cancelling a generation closes the HTTP stream, and vLLM aborts the request.

    Raises:
        GenRecUnavailable: from every call, when the server doesn't answer.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    client: GenRecClient
    max_tokens: int = 64
    temperature: float = 0.0
    seed: int | None = None

    @property
    def _llm_type(self) -> str:
        return "genrec"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
        }

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for delta in self.client.stream_chat(self._payload(messages, stop, kwargs)):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=delta))
            if run_manager:
                await run_manager.on_llm_new_token(delta, chunk=chunk)
            yield chunk

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        # Streamed as well: vLLM notices that a client left only on a stream.
        deltas = [d async for d in self.client.stream_chat(self._payload(messages, stop, kwargs))]
        message = AIMessageChunk(content="".join(deltas))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """For synchronous callers, such as a shell; fails inside a running event loop."""
        return asyncio.run(self._agenerate(messages, stop, None, **kwargs))

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        raise TypeError("GenRec has no tools: nothing it writes can act.")

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Return a runnable that writes JSON under `schema` (a pydantic model) and parses it.

        Raises:
            TypeError: `schema` is no pydantic model, or `include_raw` is asked for.
            GenRecUnavailable: the JSON was cut off or doesn't fit the schema.
        """
        if include_raw or not (isinstance(schema, type) and issubclass(schema, BaseModel)):
            raise TypeError("Pass a pydantic model; include_raw isn't offered.")
        response_format = {
            "type": "json_schema",
            "json_schema": {"name": schema.__name__, "schema": schema.model_json_schema()},
        }

        def parse(message: BaseMessage) -> BaseModel:
            return _parse(schema, str(message.content))

        return self.bind(response_format=response_format) | RunnableLambda(parse)

    def _payload(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "messages": [wire_message(message) for message in messages],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
        }
        optional = {"seed": self.seed, "stop": stop, **kwargs}
        return payload | {key: value for key, value in optional.items() if value is not None}


def wire_message(message: BaseMessage) -> dict[str, str]:
    """Return a message as it is sent: what training examples must hold, to the letter.

    Raises:
        TypeError: it is no text, or from a role that GenRec doesn't know.
    """
    if not isinstance(message.content, str):
        raise TypeError("GenRec reads text only.")
    if not isinstance(message, HumanMessage | SystemMessage) and message.type not in _ROLES:
        raise TypeError(f"GenRec reads no {message.type} messages.")
    return {"role": _ROLES[message.type], "content": plain_text(message.content)}


def _parse(schema: type[BaseModel], text: str) -> BaseModel:
    """Drop what the schema doesn't know, then validate."""
    try:
        data = json.loads(text)
        names = {field.alias or name for name, field in schema.model_fields.items()}
        # `.items()` fails for a list, which a subscript would not.
        known = {key: value for key, value in data.items() if key in names}
        return schema.model_validate(known)
    except (ValueError, AttributeError) as error:
        raise GenRecUnavailable(f"GenRec wrote no {schema.__name__}: {text[:80]!r}") from error
