"""Searching chunks: filters, versions, languages, duplicates, snapshots."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from innkeeper.engine.search.dense import DenseIndex, query_centres
from innkeeper.engine.search.index import WORDS_ONLY, SearchIndex
from innkeeper.engine.search.versions import asked_versions
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.knowledge import Chunk

TODAY = dt.date(2026, 6, 1)


def chunk(document: str, text: str, **known: Any) -> Chunk:
    index = known.pop("index", 0)
    defaults = {"title": known.pop("title", ""), "language": "en", "content_sha256": f"{document}{index}{text}"}
    return Chunk(id=f"{document}#{index}", document=document, text=text, index=index, **(defaults | known))


CHUNKS = [
    chunk(
        "policies/pool-2024.md", "The swimming pool opens at 07:00 and closes at 19:00.", section="policies",
        effective_date=dt.date(2024, 1, 1), superseded_by="policies/pool-2026.md",
    ),
    chunk(
        "policies/pool-2026.md", "The swimming pool opens at 06:00 and closes at 21:00.", section="policies",
        effective_date=dt.date(2026, 1, 1),
    ),
    chunk(
        "policies/pool-2027.md", "The swimming pool opens at 05:30 and closes at 22:00.", section="policies",
        effective_date=dt.date(2027, 1, 1),
    ),
    chunk(
        "sops/compensation.md", "The duty manager may offer one free night after a complaint.", section="sops",
        audience=(Role.MANAGER,),
    ),
    chunk("faqs/pets.md", "Dogs stay for 300,000 VND a night.", section="faqs"),
    chunk("faqs/thu-cung.md", "Chó được ở với phí 300.000 đồng một đêm.", section="faqs", language="vi"),
    chunk("sops/lift.md", "First speak to the guests over the intercom.", section="sops", index=0),
    chunk("sops/lift.md", "Then call the lift company and never force the doors.", section="sops", index=1),
    chunk("sops/lift.md", "Afterwards write an incident report.", section="sops", index=2),
]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return SearchIndex.build(CHUNKS, None)


@pytest.fixture
def found(index: SearchIndex) -> Callable[..., list[str]]:
    def ask(query: str, **options: Any) -> list[str]:
        return [hit.chunk.id for hit in index.search(query, **({"as_of": TODAY} | options))]

    return ask


def test_the_version_in_force_is_found(found: Callable[..., list[str]]) -> None:
    hits = found("When does the swimming pool open?")
    assert hits[0] == "policies/pool-2026.md#0"
    assert not {"policies/pool-2024.md#0", "policies/pool-2027.md#0"} & set(hits)


@pytest.mark.parametrize(
    "query",
    ["swimming pool hours in 2024", "swimming pool, old version", "giờ mở cửa hồ bơi trước đây", "hồ bơi, bản 2024"],
)
def test_an_old_version_is_found_when_it_is_asked_for(found: Callable[..., list[str]], query: str) -> None:
    assert found(query)[0] == "policies/pool-2024.md#0"


@pytest.mark.parametrize("query", ["swimming pool hours next year", "hồ bơi sang năm mở cửa mấy giờ", "pool in 2027"])
def test_what_will_apply_is_found_when_it_is_asked_for(found: Callable[..., list[str]], query: str) -> None:
    assert found(query)[0] == "policies/pool-2027.md#0"


def test_a_date_brings_back_what_was_in_force_then(found: Callable[..., list[str]]) -> None:
    pools = [each for each in found("swimming pool", as_of=dt.date(2025, 5, 1)) if "pool" in each]
    assert pools == ["policies/pool-2024.md#0"]


def test_of_files_named_by_year_the_latest_in_force_is_found() -> None:
    names = {2025: "Massage costs 600,000.", 2026: "Massage costs 650,000.", 2027: "Massage costs 700,000."}
    lists = [chunk(f"services/spa-{year}.xlsx", text, title=f"Spa {year}") for year, text in names.items()]
    lists[2] = lists[2].model_copy(update={"effective_date": dt.date(2027, 1, 1)})
    index = SearchIndex.build(lists, None)
    found = {
        query: [hit.chunk.document for hit in index.search(query, as_of=TODAY)]
        for query in ("massage", "massage in 2025")
    }
    assert found["massage"] == ["services/spa-2026.xlsx"]
    assert found["massage in 2025"][0] == "services/spa-2025.xlsx"


def test_every_version_is_found_on_demand(found: Callable[..., list[str]]) -> None:
    hits = found("When does the swimming pool open?", include_superseded=True)
    assert {f"policies/pool-{year}.md#0" for year in (2024, 2026, 2027)} <= set(hits)


@pytest.mark.parametrize(
    ("query", "years", "old", "upcoming"),
    [
        ("prices in 2024", (2024,), True, False),
        ("prices in 2026", (), False, False),
        ("room 2024 is dirty", (), False, False),
        ("phòng 2024 bẩn", (), False, False),
        ("2.024 đồng", (), False, False),
        ("at 20:24", (), False, False),
        ("bang gia cu", (), True, False),
        ("tết 2027", (2027,), False, True),
        ("is the old town far", (), False, False),
    ],
)
def test_a_query_names_the_time_it_means(query: str, years: tuple[int, ...], old: bool, upcoming: bool) -> None:
    asked = asked_versions(query, TODAY)
    assert (asked.years, asked.old, asked.upcoming) == (years, old, upcoming)


def test_a_chunk_for_managers_is_hidden_from_everyone_else(found: Callable[..., list[str]]) -> None:
    query = "What may the duty manager offer after a complaint?"
    assert found(query, roles=[Role.MANAGER])[0] == "sops/compensation.md#0"
    for roles in (None, [], [Role.GUEST], [Role.RECEPTIONIST, Role.HOUSEKEEPING]):
        assert "sops/compensation.md#0" not in found(query, roles=roles)


def test_section_and_language_narrow_the_search(found: Callable[..., list[str]]) -> None:
    assert all(each.startswith("sops/") for each in found("guests", section="sops"))
    assert found("dogs", language="vi")[0] == "faqs/thu-cung.md#0"
    assert found("dogs", language="ko") == []


def test_the_query_s_own_language_comes_first(found: Callable[..., list[str]]) -> None:
    assert found("chó ở bao nhiêu tiền một đêm")[0] == "faqs/thu-cung.md#0"
    assert found("dogs how much a night")[0] == "faqs/pets.md#0"


def test_a_chunk_comes_with_its_neighbours(index: SearchIndex) -> None:
    hit = index.search("call the lift company", as_of=TODAY)[0]
    assert [each.index for each in index.context(hit)] == [0, 1, 2]
    assert [each.index for each in index.context(hit, before=0)] == [1, 2]


def test_without_embeddings_the_result_says_so(index: SearchIndex) -> None:
    result = index.find("dogs", as_of=TODAY)
    assert result.note == index.note == WORDS_ONLY
    assert result.hits[0].why.dense is None


def test_what_no_chunk_answers_is_not_answerable(index: SearchIndex) -> None:
    assert index.find("Do dogs cost 300,000 VND a night?", as_of=TODAY).answerable
    assert not index.find("Who won the football world cup in Brazil?", as_of=TODAY).answerable
    assert index.find("", as_of=TODAY).hits == []


def test_a_judge_may_reorder_the_hits(index: SearchIndex) -> None:
    def prefer_reports(query: str, chunks: Sequence[Chunk]) -> list[float]:
        return [0.9 if "report" in each.text else 0.2 for each in chunks]

    result = index.find("lift guests doors report", as_of=TODAY, rerank=prefer_reports)
    assert result.hits[0].chunk.id == "sops/lift.md#2"
    assert result.relevance == 0.9


@pytest.mark.parametrize("top_k", [0, -1, 101])
def test_an_impossible_number_of_hits_is_refused(index: SearchIndex, top_k: int) -> None:
    with pytest.raises(InputInvalid, match="1 to 100"):
        index.find("dogs", top_k=top_k)


def vectors_of(count: int, seed: int = 1) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(seed).standard_normal((count, 16)).astype(np.float32)


def test_one_fact_in_two_languages_is_one_hit() -> None:
    vectors = vectors_of(len(CHUNKS))
    vectors[5] = vectors[4] + 0.1 * vectors[5]
    index = SearchIndex.build(CHUNKS, vectors)
    hits = index.search("chó giá bao nhiêu", as_of=TODAY, query_vector=vectors[4])
    assert hits[0].chunk.id == "faqs/thu-cung.md#0"
    assert hits[0].also == ("faqs/pets.md#0",)
    assert "faqs/pets.md#0" not in [hit.chunk.id for hit in hits]


def test_the_same_fact_with_other_numbers_is_another_fact() -> None:
    chunks = [*CHUNKS[:5], CHUNKS[5].model_copy(update={"text": "Chó được ở với phí 450.000 đồng một đêm."})]
    vectors = vectors_of(len(chunks))
    vectors[5] = vectors[4]
    hits = SearchIndex.build(chunks, vectors).search("chó giá bao nhiêu", as_of=TODAY, query_vector=vectors[4])
    assert {"faqs/pets.md#0", "faqs/thu-cung.md#0"} <= {hit.chunk.id for hit in hits}


def test_a_snapshot_finds_what_the_index_found(tmp_path: Path) -> None:
    vectors = vectors_of(len(CHUNKS))
    index = SearchIndex.build(CHUNKS, vectors, about={"embedder": "random"})
    index.save(tmp_path / "index.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["index.npz"]
    again = SearchIndex.load(tmp_path / "index.npz")
    assert (len(again), again.about) == (len(index), {"embedder": "random"})
    for query in ("swimming pool", "chó giá bao nhiêu", "thang may", "resrvation"):
        before, after = (each.search(query, as_of=TODAY, query_vector=vectors[0]) for each in (index, again))
        assert [hit.chunk for hit in after] == [hit.chunk for hit in before]
        assert [hit.score for hit in after] == pytest.approx([hit.score for hit in before], abs=2e-3)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"not a snapshot"])
def test_a_damaged_snapshot_is_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "index.npz"
    path.write_bytes(content)
    with pytest.raises(InputInvalid, match=r"index\.npz is not a search index"):
        SearchIndex.load(path)


def test_a_failed_save_leaves_the_old_snapshot(tmp_path: Path, index: SearchIndex) -> None:
    path = tmp_path / "index.npz"
    index.save(path)
    before = path.read_bytes()
    broken = SearchIndex.build(CHUNKS, None, about={"embedder": object()})  # type: ignore[dict-item]  # not JSON: the point
    with pytest.raises(TypeError):
        broken.save(path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_an_index_of_nothing_answers_nothing(tmp_path: Path) -> None:
    empty = SearchIndex.build([], np.zeros((0, 16), dtype=np.float32))
    assert empty.search("dogs") == []
    empty.save(tmp_path / "empty.npz")
    assert len(SearchIndex.load(tmp_path / "empty.npz")) == 0


def test_wrong_vectors_are_refused() -> None:
    with pytest.raises(InputInvalid, match="8 vectors for 9 chunks"):
        SearchIndex.build(CHUNKS, vectors_of(8))
    broken = vectors_of(9)
    broken[3, 3] = np.nan
    with pytest.raises(InputInvalid, match="not a number"):
        SearchIndex.build(CHUNKS, broken)
    with pytest.raises(InputInvalid, match="dimensions"):
        SearchIndex.build(CHUNKS, vectors_of(9)).search("dogs", query_vector=np.ones(3, dtype=np.float32))


def test_centring_takes_a_language_s_own_direction_away() -> None:
    meaning = vectors_of(40)
    english = np.concatenate([meaning, np.full((40, 1), 9.0, dtype=np.float32)], axis=1)
    vietnamese = np.concatenate([meaning, np.full((40, 1), -9.0, dtype=np.float32)], axis=1)
    both = np.concatenate([english, vietnamese])
    raw = both @ english[7]
    assert raw[:40].min() > raw[40:].max()
    unit = both / np.linalg.norm(both, axis=1, keepdims=True)
    centres = np.array([unit[:40].mean(axis=0), unit[40:].mean(axis=0)])
    cosines = DenseIndex.build(both, ["en"] * 40 + ["vi"] * 40, centres).cosines(english[7], "en")
    assert set(np.argsort(-cosines)[:2].tolist()) == {7, 47}


def test_the_real_embedder_finds_across_languages() -> None:
    from innkeeper.engine.embedding import available, embed_passages, embed_query

    if not available():
        pytest.skip("the local embedder cannot run on this machine")
    chunks = [
        chunk("gym.md", "The fitness room is open day and night with the room card.", language="en"),
        chunk("cay.md", "Nhân viên tưới cây ở sảnh mỗi buổi sáng trước khi khách xuống.", language="vi"),
        chunk("doctor.md", "A doctor comes to the room within forty minutes.", language="en"),
        chunk("hoa-don.md", "Hóa đơn giá trị gia tăng được xuất trong ngày.", language="vi"),
    ]
    vectors = embed_passages([each.search_text() for each in chunks])
    index = SearchIndex.build(chunks, vectors, query_centres=query_centres(embed_query), embed=embed_query)
    for query, document in [
        ("Who waters the plants in the lobby?", "cay.md"),
        ("Tôi bị ốm, ai có thể khám cho tôi?", "doctor.md"),
        ("tap the duc ban dem duoc khong", "gym.md"),
        ("How do I get a tax receipt?", "hoa-don.md"),
    ]:
        assert index.search(query)[0].chunk.document == document, query
