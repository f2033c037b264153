"""What calls cost: by hand, against genai-prices, and with a hotel's own rows."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from innkeeper.engine.prices import ModelPrice, PriceTable
from innkeeper.engine.prices_update import table
from innkeeper.schemas.errors import InputInvalid, NotConfigured
from innkeeper.schemas.models import TokenUsage

TABLE = PriceTable.load()
BUILT = ModelPrice.model_validate(
    {
        "provider": "openai",
        "names": ["tiered"],
        "input": "2",
        "cached_input": "0.5",
        "cache_write": "2.5",
        "output": "8",
        "tiers": [{"above_input_tokens": 1000, "input": "4", "output": "12"}],
    }
)


def usage(input_tokens: int, cached: int = 0, written: int = 0, output: int = 0) -> TokenUsage:
    return TokenUsage(
        input_tokens=input_tokens, cached_input_tokens=cached, cache_write_tokens=written, output_tokens=output
    )


@pytest.mark.parametrize(
    ("used", "dollars"),
    [
        (usage(0), "0"),
        (usage(1000, 0, 0, 1000), "0.01"),  # 0.002 + 0.008
        (usage(1000, 400, 100, 10), "0.00153"),  # 500 * 2 + 400 * 0.5 + 100 * 2.5 + 10 * 8 = 1530
        (usage(1001, 0, 0, 1), "0.004016"),  # above the tier all tokens are dearer
        (usage(1001, 1001, 0, 0), "0.004004"),  # the tier names no rate for the cache: the tier's input rate
        (usage(1, 1, 0, 0), "0.0000005"),
    ],
)
def test_the_cost_is_what_a_person_computes(used: TokenUsage, dollars: str) -> None:
    assert PriceTable([BUILT]).cost("openai", "tiered", used) == Decimal(dollars)


USAGES = [
    usage(i, i * c // 10, i * w // 10, o)
    for i in (0, 7, 99_999, 300_001)
    for c, w in ((0, 0), (5, 0), (3, 4))
    for o in (0, 13)
]


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.names[0])
def test_the_table_agrees_with_genai_prices(row: ModelPrice) -> None:
    for name in (name for name in row.names if "*" not in name):
        for used in USAGES:
            theirs = Usage(
                input_tokens=used.input_tokens,
                cache_read_tokens=used.cached_input_tokens,
                cache_write_tokens=used.cache_write_tokens,
                output_tokens=used.output_tokens,
            )
            expected = calc_price(theirs, name, provider_id=row.provider).total_price
            assert TABLE.cost(row.provider, name, used) == expected, (name, used)


@pytest.mark.parametrize(
    ("provider", "model", "input_price", "output_price"),
    [
        ("openai", "gpt-4o-mini-2024-07-18", "0.15", "0.6"),
        ("openai", "gpt-4o-2024-05-13", "5", "15"),  # a snapshot with a price of its own
        ("openai", "gpt-4-turbo", "10", "30"),
        ("openai", "gpt-4", "30", "60"),
        ("openai", "gpt-3.5-turbo", "0.5", "1.5"),
        ("openai", "text-embedding-3-large", "0.13", "0"),
        ("anthropic", "claude-3-opus-20240229", "15", "75"),
        ("anthropic", "claude-3-sonnet-20240229", "3", "15"),
        ("anthropic", "claude-haiku-4-5-20251001", "1", "5"),
        ("anthropic", "claude-haiku-4-5@20251001", "1", "5"),
        ("anthropic", "claude-3-5-haiku-latest", "0.8", "4"),
        ("anthropic", "Claude-Haiku-4-5", "1", "5"),
    ],
)
def test_snapshots_and_older_models_have_their_price(
    provider: str, model: str, input_price: str, output_price: str
) -> None:
    row = TABLE.find(provider, model)
    assert row is not None
    assert (row.input, row.output) == (Decimal(input_price), Decimal(output_price))


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "gpt-99"), ("openai", "gpt-4o-minimal"), ("compatible", "gpt-4o"), ("anthropic", ""), ("", "gpt-4o")],
)
def test_an_unknown_model_has_no_price_rather_than_none_to_pay(provider: str, model: str) -> None:
    assert TABLE.cost(provider, model, usage(10)) is None
    assert TABLE.most(provider, model, 10, 10) is None


def test_every_row_says_where_its_price_is_from_and_when_it_was_checked() -> None:
    assert len(TABLE.rows) > 60
    assert all(row.source.startswith("https://") and row.checked for row in TABLE.rows)


@given(
    row=st.sampled_from([*TABLE.rows, BUILT]),
    shares=st.tuples(st.integers(0, 500_000), st.integers(0, 500_000), st.integers(0, 500_000)),
    output=st.integers(0, 100_000),
    room=st.integers(0, 50_000),
)
def test_a_call_never_costs_more_than_the_most(
    row: ModelPrice, shares: tuple[int, int, int], output: int, room: int
) -> None:
    prices = PriceTable([row])
    used, name = usage(sum(shares), shares[0], shares[1], output), row.names[0]
    cost, most = prices.cost(row.provider, name, used), prices.most(row.provider, name, sum(shares) + room, output)
    assert cost is not None
    assert most is not None
    assert cost <= most


def test_a_hotels_rows_win_over_the_packaged_ones(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(
        "models:\n"
        "- {provider: compatible, names: ['*'], input: 0, output: 0}\n"
        "- {provider: compatible, names: [qwen-big], input: 0.15, output: '0.3'}\n"
        "- {provider: openai, names: ['gpt-4o*'], input: 1, output: 2}\n"
    )
    own = PriceTable.load(file)
    assert own.cost("compatible", "any/local-model", usage(1000, output=1000)) == 0
    assert own.cost("compatible", "qwen-big", usage(1_000_000)) == Decimal("0.15")  # not 0.1499999…
    assert own.cost("openai", "gpt-4o-2024-05-13", usage(1_000_000)) == 1
    assert own.cost("openai", "gpt-4.1", usage(1_000_000)) == TABLE.cost("openai", "gpt-4.1", usage(1_000_000))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("{provider: openai, names: [m], output: 1}", "row 2 (m): input"),
        ("{provider: openai, names: [m], input: cheap}", "row 2 (m): input"),
        ("{provider: openai, names: [m], input: -1}", "row 2 (m): input"),
        ("{provider: openai, names: [m], input: .nan}", "row 2 (m): input"),
        ("{provider: openai, names: [m], input: .inf}", "row 2 (m): input"),
        ("{provider: openai, names: [m], input: true}", "row 2 (m): input"),
        ("{provider: openai, names: [], input: 1}", "row 2 (no name): names"),
        ("{provider: openai, names: [m], input: 1, inputs: 2}", "row 2 (m): inputs"),
        ("{provider: openai, names: [m], input: 1, tiers: [{above_input_tokens: 0, input: 1}]}", "row 2 (m): tiers.0"),
        ("gpt-4o", "row 2 (no name): row"),
    ],
)
def test_a_wrong_row_is_named_by_its_position_and_model(tmp_path: Path, row: str, problem: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(f"models:\n- {{provider: openai, names: [fine], input: 1}}\n- {row}\n")
    with pytest.raises(InputInvalid, match=r"own\.yaml") as caught:
        PriceTable.load(file)
    assert caught.value.problems[0].startswith(problem)


@pytest.mark.parametrize("content", ["models: [", "", "- a", "models: 3", "models: {a: 1}", b"\xff\xfe\x00"])
def test_a_file_that_is_no_price_table_says_so(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(NotConfigured, match=r"own\.yaml"):
        PriceTable.load(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match=r"nowhere\.yaml"):
        PriceTable.load(tmp_path / "nowhere.yaml")


def test_making_the_table_anew_gives_rows_that_load(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(table(dt.date(2030, 1, 1)))
    assert {row.provider for row in PriceTable.load(file).rows} == {"openai", "anthropic"}
