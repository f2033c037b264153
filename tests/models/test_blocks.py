"""Model blocks: what Prefect asks of a block, their limits, their secrets, and the chains that name them."""

from collections.abc import Callable
from typing import Any

import pytest
from prefect.blocks.core import Block
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from pydantic import SecretStr, ValidationError

from innkeeper.blocks.models.chains import chain_of, parse_chain
from innkeeper.blocks.models.chat import AnthropicModel, ChatModel, OpenAICompatibleModel, OpenAIModel, http_address
from innkeeper.blocks.models.embedders import LocalEmbedder, OpenAIEmbedder
from innkeeper.blocks.models.links import load_models
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.models import Capability

KEY = "sk-proj-4711-very-secret"
SLUGS: dict[type[Block], str] = {
    OpenAIModel: "hotel-openai-model",
    AnthropicModel: "hotel-anthropic-model",
    OpenAICompatibleModel: "hotel-openai-compatible-model",
    OpenAIEmbedder: "hotel-openai-embedder",
    LocalEmbedder: "hotel-local-embedder",
}
WITH_KEY: list[Callable[..., Block]] = [OpenAIModel, AnthropicModel, OpenAICompatibleModel, OpenAIEmbedder]


@pytest.mark.parametrize("kind", SLUGS, ids=lambda kind: kind.__name__)
class TestBlocks(BlockStandardTestSuite):
    @pytest.fixture
    def block(self, kind: type[Block]) -> type[Block]:
        return kind

    def test_has_a_valid_image(self, block: type[Block]) -> None:
        assert block._logo_url is None  # it would be fetched from somebody else's server

    def test_the_slug_never_changes(self, kind: type[Block]) -> None:
        assert kind.get_block_type_slug() == SLUGS[kind]


def made(kind: Callable[..., Block], **more: Any) -> Any:
    return kind(**{"model": "some-model", "api_key": SecretStr(KEY), "base_url": "http://127.0.0.1:9/v1", **more})


@pytest.mark.parametrize("kind", WITH_KEY)
def test_a_key_is_never_shown(kind: Callable[..., Block]) -> None:
    block = made(kind)
    for shown in (repr(block), str(block), block.model_dump_json(), repr(block.model_dump())):
        assert KEY not in shown


@pytest.mark.parametrize("kind", WITH_KEY)
def test_a_key_is_not_shown_by_an_error(kind: Callable[..., Block]) -> None:
    with pytest.raises(ValidationError) as caught:
        made(kind, timeout_s=-1)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("url", ["example.com/v1", "ftp://example.com", "http://", "localhost:11434", "file:///etc"])
@pytest.mark.parametrize("kind", WITH_KEY)
def test_an_address_that_is_none_is_refused(kind: Callable[..., Block], url: str) -> None:
    with pytest.raises(ValidationError, match="must start with http"):
        made(kind, base_url=url)


def test_a_slash_at_the_end_of_an_address_makes_no_difference() -> None:
    assert http_address("http://localhost:11434/v1/") == "http://localhost:11434/v1"


@pytest.mark.parametrize(
    "wrong", [{"model": ""}, {"timeout_s": 0}, {"timeout_s": 601}, {"max_output_tokens": 0}, {"temperature": 2.1}]
)
@pytest.mark.parametrize("kind", WITH_KEY[:3])
def test_a_limit_out_of_range_is_refused(kind: Callable[..., Block], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        made(kind, **wrong)


def test_servers_of_one_protocol_fail_apart_and_show_no_password() -> None:
    first, second = (made(OpenAICompatibleModel, base_url=f"http://user:pw@{host}/v1") for host in ("a:1", "b:1"))
    assert (first.circuit, second.circuit) == ("compatible@a:1", "compatible@b:1")
    assert made(OpenAIModel).circuit == "openai"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("engine", ("engine",)),
        ("openai/gpt-5-mini", ("openai/gpt-5-mini", "engine")),
        (" openai/gpt-5-mini , engine ", ("openai/gpt-5-mini", "engine")),
        ("openai/a,anthropic/b,compatible/c", ("openai/a", "anthropic/b", "compatible/c", "engine")),
        ("compatible/Qwen/Qwen3-8B,engine", ("compatible/Qwen/Qwen3-8B", "engine")),
        ("hotel-openai-model/night,engine", ("hotel-openai-model/night", "engine")),
        ("openai/a,,openai/b", ("openai/a", "openai/b", "engine")),
    ],
)
def test_a_chain_is_read_in_its_order_and_ends_with_the_engine(text: str, links: tuple[str, ...]) -> None:
    assert parse_chain(text) == links


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("gpt-5-mini", "'gpt-5-mini' is no link"),
        ("openai/", "'openai/' is no link"),
        ("azure/gpt-5", "'azure/gpt-5' is no link"),
        ("hotel-database/main", "is no link"),
        ("openai/a,openai/a", "names a link twice"),
        ("openai/gpt-a;engine", "no link of a model chain"),
        ("engine,openai/a", "nothing can follow `engine`"),
        ("engine,engine", "names a link twice"),
    ],
)
def test_a_chain_that_cannot_be_read_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(NotConfigured, match=problem):
        parse_chain(text)


def test_a_capability_may_have_a_chain_of_its_own() -> None:
    settings = Settings(model_chain="openai/a", model_chain_routing="compatible/b", model_chain_logs="engine")
    assert chain_of(settings, Capability.ASSISTANT) == ("openai/a", "engine")
    assert chain_of(settings, Capability.ROUTING) == ("compatible/b", "engine")
    assert chain_of(settings, Capability.LOGS) == ("engine",)
    assert chain_of(settings, Capability.EMBEDDING) == ("openai/a", "engine")


@pytest.mark.parametrize("capability", [each for each in Capability if each is not Capability.EMBEDDING])
def test_each_capability_that_a_chain_answers_has_its_setting(capability: Capability) -> None:
    assert f"model_chain_{capability.value}" in Settings.model_fields


def configured(**more: Any) -> Settings:
    return Settings.model_validate({"OPENAI_API_KEY": None, "ANTHROPIC_API_KEY": None, **more})


@pytest.mark.parametrize(
    ("link", "known", "kind"),
    [
        ("openai/gpt-5-mini", {"OPENAI_API_KEY": KEY}, OpenAIModel),
        ("anthropic/claude-haiku-4-5", {"ANTHROPIC_API_KEY": KEY}, AnthropicModel),
        ("compatible/Qwen/Qwen3-8B", {"compatible_base_url": "http://localhost:8000/v1"}, OpenAICompatibleModel),
    ],
)
async def test_a_link_is_made_from_the_settings(link: str, known: dict[str, Any], kind: type[ChatModel]) -> None:
    (model,) = await load_models((link, "engine"), configured(model_timeout_s=7, **known))
    assert (type(model), model.link, model.timeout_s) == (kind, link, 7)


@pytest.mark.parametrize(
    ("link", "missing"),
    [
        ("openai/a", "OPENAI_API_KEY"),
        ("anthropic/b", "ANTHROPIC_API_KEY"),
        ("compatible/c", "INNKEEPER_COMPATIBLE_BASE_URL"),
    ],
)
async def test_a_missing_key_or_address_is_named(link: str, missing: str) -> None:
    with pytest.raises(NotConfigured, match=missing):
        await load_models((link, "engine"), configured())
