"""Answers read out of passages: what is quoted, cited, framed, and left unanswered."""

import datetime as dt
from typing import Any

import pytest

from innkeeper.engine.reading.asks import split_asks, split_sides
from innkeeper.engine.reading.cues import Asked, asked_kinds, asks_existence, held_kinds
from innkeeper.engine.reading.limits import edition_fit, fit, named
from innkeeper.engine.reading.narrowing import narrowed, without_excluded
from innkeeper.engine.reading.reader import KNOWN, Reading, read
from innkeeper.engine.reading.units import units_of
from innkeeper.engine.reading.wording import heading_text, row_text
from innkeeper.engine.search.index import SearchIndex
from innkeeper.schemas.access import Role
from innkeeper.schemas.knowledge import Chunk

TODAY = dt.date(2026, 6, 1)


def chunk(document: str, text: str, **known: Any) -> Chunk:
    index = known.pop("index", 0)
    defaults = {"title": "", "language": "en", "content_sha256": f"{document}{index}{text}"}
    return Chunk(id=f"{document}#{index}", document=document, text=text, index=index, **(defaults | known))


CHUNKS = [
    chunk(
        "policies/bicycles.md",
        "Bicycles stand beside the garage. A bicycle costs VND 90,000 per day. Helmets are free. "
        "Bring it back by 19:30.",
        title="Bicycle hire", page=2,
    ),
    chunk(
        "policies/kayaks.md",
        "Fees for kayaks:\n- single kayak: VND 150,000 an hour\n- double kayak: VND 220,000 an hour\n"
        "- life vests: free",
        title="Kayaks and boards", heading_path=("Kayaks and boards", "Hire"),
    ),
    chunk(
        "services/banquets.csv",
        "Code: B1; Hall: Jade; Seats: 120; Price (VND): 9,000,000\n"
        "Code: B2; Hall: Pearl; Seats: 60; Price (VND): 5,500,000",
        title="Banquet halls", row_start=2, row_end=3,
    ),
    chunk(
        "policies/late.md",
        "Until 13:00 there is no charge. From 13:00 until 16:00 we charge 25 per cent of the night. "
        "From 16:00 until 19:00 we charge 60 per cent of the night.",
        title="Late check-out",
    ),
    chunk(
        "faqs/dua-don.md", "Xe điện chạy ra chợ mỗi 40 phút, từ 8 giờ 15. Giá vé 35.000 đồng.",
        title="Xe điện", language="vi",
    ),
    chunk(
        "sops/cash.md", "The night auditor counts the cash float of VND 7,000,000.",
        title="Cash", audience=(Role.MANAGER,),
    ),
    chunk("sops/lift.md", "Speak to the people in the lift over the intercom. Never force the doors.", title="Lift"),
]  # fmt: skip
INDEX = SearchIndex.build(CHUNKS, None)


def ask(question: str, language: Any = "en", roles: tuple[Role, ...] = ()) -> Reading:
    found = INDEX.find(question, top_k=6, roles=roles, as_of=TODAY)
    return read(question, found, language=language, index=INDEX)


def test_a_price_is_quoted_and_its_document_cited() -> None:
    reading = ask("How much does it cost to hire a bicycle per day?")
    assert "VND 90,000 per day" in reading.text
    assert reading.answerable
    assert (reading.cited[0].document, reading.cited[0].page) == ("policies/bicycles.md", 2)


def test_an_item_keeps_the_sentence_that_introduces_its_list() -> None:
    reading = ask("what is the fee for a double kayak")
    assert "Fees for kayaks:" in reading.text
    assert "VND 220,000" in reading.text
    assert "- " not in reading.text


def test_a_row_reads_as_a_sentence_without_its_code() -> None:
    reading = ask("price of the Pearl hall")
    assert "Pearl: seats 60, price 5,500,000 VND" in reading.text
    assert "B2" not in reading.text


def test_the_range_that_takes_in_the_time_is_chosen() -> None:
    reading = ask("late check-out until 5 pm, how many per cent?")
    assert "60 per cent" in reading.text


def test_a_fact_of_the_other_language_is_quoted_with_a_native_frame() -> None:
    reading = ask("how often does the electric car to the market run and how much is a ticket")
    assert "From “Xe điện” (in Vietnamese):" in reading.text
    assert "35.000 đồng" in reading.text


def test_vietnamese_typed_without_accents_is_answered() -> None:
    reading = ask("gia ve xe dien ra cho bao nhieu", "vi")
    assert "35.000 đồng" in reading.text
    assert "bản tiếng" not in reading.text


@pytest.mark.parametrize(
    "question",
    [
        "do you have a helipad",
        "How much is a haircut at the barber's?",
        "Khách sạn có sòng bạc không?",
        "co san tennis khong",
    ],
)
def test_what_no_document_speaks_of_is_not_answered(question: str) -> None:
    reading = ask(question)
    assert reading.confidence < KNOWN
    assert not reading.answerable


def test_nothing_found_is_no_answer() -> None:
    assert ask("") == Reading("", (), 0.0, False, ())
    assert "7,000,000" not in ask("how much is the cash float of the night auditor").text


def test_an_answer_never_exceeds_the_limit_of_words() -> None:
    wordy = " ".join(f"The sauna rule number {number} is long and dull and says nothing more." for number in range(60))
    index = SearchIndex.build([chunk("a.md", wordy, title="Sauna"), chunk("b.md", "sauna " * 200, title="More")], None)
    for question in ("what are the rules of the sauna", "sauna"):
        text = read(question, index.find(question, as_of=TODAY), language="en", index=index).text
        assert 0 < len(text.split()) <= 80


def test_it_reads_without_the_index_as_well() -> None:
    question = "How much is a bicycle per day?"
    assert "90,000" in read(question, INDEX.find(question, as_of=TODAY), language="en").text


def test_each_part_of_a_question_is_searched_and_answered() -> None:
    question = "price of a double kayak and how many seats has the Pearl hall"
    asked: list[str] = []

    def find(text: str) -> Any:
        asked.append(text)
        return INDEX.find(text, as_of=TODAY)

    reading = read(question, find(question), language="en", index=INDEX, find=find)
    assert len(asked) == 3
    assert "220,000" in reading.text
    assert "60" in reading.text
    assert {each.document for each in reading.cited} >= {"policies/kayaks.md", "services/banquets.csv"}


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("price of a foot massage and gym opening hours", 2),
        ("giá massage chân bao nhiêu và phòng gym mở cửa mấy giờ", 2),
        ("how much is it for dogs and cats", 1),
        ("If my flight is late, can I still check in?", 1),
    ],
)
def test_a_question_is_cut_only_between_two_things_asked(question: str, parts: int) -> None:
    assert len(split_asks(question)) == parts


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("what time does it open", Asked.TIME), ("may gio mo cua", Asked.TIME), ("giá bao nhiêu tiền", Asked.PRICE),
        ("how long is it kept", Asked.DURATION), ("gọi ai khi cháy", Asked.CONTACT),
        ("where is the lobby", Asked.WHERE),
    ],
)  # fmt: skip
def test_the_kind_of_answer_is_read_from_the_question(question: str, kind: Asked) -> None:
    assert kind in asked_kinds(question)


def test_only_wanted_kinds_are_looked_for_in_a_text() -> None:
    assert held_kinds("VND 90,000 until 19:30", [Asked.PRICE]) == {Asked.PRICE}
    assert held_kinds("by the lift", [Asked.PRICE, Asked.TIME]) == frozenset()


def test_asking_whether_a_thing_exists_is_told_from_asking_about_it() -> None:
    assert asks_existence("Do you have a casino?")
    assert asks_existence("Khách sạn có bán vé tàu không")
    assert not asks_existence("When does the casino open?")


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("until 4 pm", "From 15:00 until 18:00", 1.0),
        ("until 3 pm", "From 15:00 until 18:00", -1.0),
        ("bé 13 tuổi", "14 – 15 tuổi phải có cha mẹ", -1.0),
        ("trẻ 5 tuổi", "Dưới 6 tuổi: miễn phí", 1.0),
        ("a child 6 years old", "children under 6 years", -1.0),
        ("hủy trước 3 ngày", "72 hours or more before arrival", 1.0),
        ("open on Sunday?", "Monday to Friday", -1.0),
        ("mở chủ nhật không", "thứ Hai – chủ nhật", 1.0),
        ("nhận phòng lúc 10h sáng", "9 giờ 00 – 11 giờ 59: 30%", 1.0),
        ("what does it cost", "Under 6 years: free", 0.0),
    ],
)
def test_ranges_take_in_or_leave_out_what_is_named(question: str, text: str, expected: float) -> None:
    assert fit(named(question), text) == expected


def test_an_edition_of_another_year_is_the_wrong_one() -> None:
    asked = named("price in 2025")
    assert edition_fit(asked, "spa-2025.xlsx") == 1.0
    assert edition_fit(asked, "spa-2026.xlsx") == -1.0
    assert edition_fit(asked, "spa.xlsx") == 0.0


def test_a_unit_in_a_header_moves_behind_its_number() -> None:
    cells = (("No.", "3"), ("Service", "Sauna"), ("Price (VND)", "120,000"), ("Remark", "–"))
    assert row_text(cells) == "Sauna: price 120,000 VND"


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("prices of kayaks and bicycles", ("prices of kayaks", "prices of bicycles")),
        ("spa với hồ bơi mở từ mấy giờ", ("spa mở từ mấy giờ", "hồ bơi mở từ mấy giờ")),
        ("what time does the spa open", None),
        ("kayaks and bicycles", None),
    ],
)
def test_two_things_of_which_the_same_is_asked_become_two_questions(
    question: str, sides: tuple[str, str] | None
) -> None:
    assert split_sides(question) == sides


def test_two_things_in_two_documents_are_both_told() -> None:
    question = "hire price of a bicycle vs a double kayak"
    found = INDEX.find(question, top_k=6, as_of=TODAY)
    reading = read(
        question, found, language="en", index=INDEX, find=lambda text: INDEX.find(text, top_k=6, as_of=TODAY)
    )
    assert "90,000" in reading.text
    assert "220,000" in reading.text


@pytest.mark.parametrize(
    ("question", "meant", "excluded"),
    [
        ("extra bed price now, not at Tet", "extra bed price now", "Tet"),
        ("giá giường phụ, không phải dịp Tết", "giá giường phụ", "Tết"),
        ("is smoking not allowed in the garden", "is smoking not allowed in the garden", ""),
        ("khách quen có phải đặt cọc không", "khách quen có phải đặt cọc không", ""),
    ],
)
def test_what_a_question_does_not_mean_is_taken_out_of_it(question: str, meant: str, excluded: str) -> None:
    assert without_excluded(question) == (meant, excluded)


def test_the_edition_of_the_year_that_is_named_is_kept_alone() -> None:
    editions = [
        chunk(f"policies/pool-{year}.md", f"Pool rules: a lane costs VND {year}.", title=f"Pool rules {year}")
        for year in (2025, 2026)
    ]
    index = SearchIndex.build([*editions, *CHUNKS], None)
    found = index.find("pool lane cost in 2025", top_k=6, as_of=TODAY, include_superseded=True)
    kept = {hit.chunk.document for hit in narrowed(found, "pool lane cost in 2025", "").hits}
    assert "policies/pool-2025.md" in kept
    assert "policies/pool-2026.md" not in kept


def test_a_heading_in_capitals_reads_as_a_sentence() -> None:
    assert heading_text("2. TERMS FOR TOURS:") == "Terms for tours"
    assert heading_text("VAT") == "VAT"


def test_a_row_without_a_header_over_its_first_cell_is_a_row_and_a_greeting_is_nothing() -> None:
    rows = chunk("faqs/rooms.md", "Size; Standard: 26 m²; Suite: 58 m²", row_start=1, row_end=1)
    letter = chunk("policies/letter.eml", "Dear colleagues,\nDogs are welcome.")
    index = SearchIndex.build([rows, letter], None)
    found = {hit.chunk.document: units_of(hit, 0) for hit in index.find("dogs suite size", as_of=TODAY).hits}
    assert row_text(found["faqs/rooms.md"][0].cells) == "Size: standard 26 m², suite 58 m²"
    assert [unit.text for unit in found["policies/letter.eml"]] == ["Dogs are welcome."]
