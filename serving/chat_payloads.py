"""Bodies of the OpenAI-compatible operations: what chat clients send, and what they get back."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from innkeeper.blocks.database.conversations import first_thread, next_thread
from innkeeper.engine.text import clean
from innkeeper.schemas.access import Principal
from innkeeper.schemas.assistant import AssistantAnswer, ConversationId
from innkeeper.serving.assistant_payloads import AskerContext, Label
from innkeeper.serving.problems import Problem, field_error

MODEL = "innkeeper"
MAX_MESSAGES = 1_000
_OUR_IDS = "conv_"


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TextPart(_Payload):
    """A piece of a message; pictures and sound are not understood."""

    type: Literal["text"]
    text: str


class ChatMessage(_Payload):
    """One message; a system message is not followed: the assistant has its own rules."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """All of its text, cleaned."""
        parts = self.content if isinstance(self.content, list) else []
        whole = self.content if isinstance(self.content, str) else "".join(part.text for part in parts)
        return clean(whole).strip()


class StreamOptions(_Payload):
    """What a stream ends with."""

    include_usage: StrictBool = False


class ChatMetadata(AskerContext):
    """Which conversation, and who asks."""

    conversation_id: ConversationId | None = None
    user_id: Label | None = None


class ChatRequest(_Payload):
    """Body of `chat/completions`; other parameters of OpenAI's are accepted and change nothing."""

    model: Annotated[str, Field(max_length=200, description="Echoed; the server's own chain answers.")] = MODEL
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[StrictInt, Field(ge=1, le=1)] | None = None
    user: Label | None = Field(default=None, description="A conversation id of ours continues that conversation.")
    metadata: ChatMetadata | None = None

    def question(self) -> str:
        """
        The last message, which is the question.

        Raises:
            Problem: 422 when it is not the user's, or has no text.
        """
        last = self.messages[-1]
        if last.role != "user" or not last.text:
            place = ("messages", len(self.messages) - 1)
            raise Problem(422, errors=[field_error(place, "The last message should be the user's, with text.")])
        return last.text

    def conversation_id(self) -> str | None:
        """The conversation that the client names, if it names one."""
        if self.metadata and self.metadata.conversation_id:
            return self.metadata.conversation_id
        return self.user if self.user and self.user.startswith(_OUR_IDS) and len(self.user) <= 80 else None

    def thread(self, principal: Principal) -> str | None:
        """The thread (`next_thread`) of what was said before the question; none at the beginning."""
        thread = first_thread(principal)
        for asked, told in (turns := list(_turns(self.messages[:-1]))):
            thread = next_thread(thread, asked, told)
        return thread if turns else None


class ChatUsage(BaseModel):
    """Tokens of models; 0 where the engine answered."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatReply(BaseModel):
    """The answer's message."""

    role: Literal["assistant"] = "assistant"
    content: str


class ChatChoice(BaseModel):
    """The only choice."""

    index: Literal[0] = 0
    message: ChatReply
    finish_reason: Literal["stop"] = "stop"


class ChatCompletion(BaseModel):
    """Answer of `chat/completions`; `innkeeper` is ours: sources, confidence, conversation and so on."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[ChatChoice]
    usage: ChatUsage
    innkeeper: dict[str, Any]


class ChatModelCard(BaseModel):
    """A model that can be asked for."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ChatModelList(BaseModel):
    """Answer of `models`."""

    object: Literal["list"] = "list"
    data: list[ChatModelCard]


def usage_of(tokens: dict[str, int]) -> ChatUsage:
    """`TokensUsed` as OpenAI names it."""
    return ChatUsage(
        prompt_tokens=tokens["prompt"], completion_tokens=tokens["completion"], total_tokens=tokens["total"]
    )


def completion_of(answer: AssistantAnswer, model: str, created: int) -> ChatCompletion:
    """`answer` as a completion of `model`, made at `created` (seconds since 1970)."""
    return ChatCompletion(
        id=completion_id(answer.message_id),
        created=created,
        model=model,
        choices=[ChatChoice(message=ChatReply(content=answer.response))],
        usage=usage_of(answer.tokens_used.model_dump()),
        innkeeper=extras_of(answer.model_dump(mode="json")),
    )


def completion_id(message_id: str) -> str:
    """Of the completion that has this message."""
    return f"chatcmpl-{message_id}"


def extras_of(fields: dict[str, Any]) -> dict[str, Any]:
    """What an answer (or an `end` event) has beyond OpenAI's fields."""
    return {name: each for name, each in fields.items() if name not in {"type", "response", "tokens_used", "usage"}}


def _turns(messages: Sequence[ChatMessage]) -> Iterator[tuple[str, str]]:
    """Questions with their answers; what is neither, or was never answered, is left out."""
    asked: str | None = None
    for message in messages:
        if message.role == "user":
            asked = message.text
        elif message.role == "assistant" and asked is not None:
            yield asked, message.text
            asked = None
