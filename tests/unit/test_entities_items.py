"""Things asked for: what counts as one, how many, and what is only scenery."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from innkeeper.engine.entities import extract_entities
from innkeeper.engine.text import clean

NOW = datetime(2025, 7, 9, 14, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def things(text: str) -> list[tuple[str, int | None]]:
    language = "en" if text.isascii() and not text.startswith("~") else "vi"
    items = extract_entities(clean(text.lstrip("~")), reference=NOW, language=language).entities.items
    return [(item.item, item.quantity) for item in items or ()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Could we have three hand towels and a tube of toothpaste?", [("hand towel", 3), ("toothpaste", 1)]),
        ("a couple of pillows please", [("pillow", 2)]),
        ("half a dozen glasses please", [("glass", 6)]),
        ("extra towels pls", [("towel", None)]),
        ("some water please", [("water", None)]),
        ("3x chicken fried rice to 1432", [("chicken fried rice", 3)]),
        ("There is no soap left in the bathroom", [("soap", None)]),
        ("I lost my umbrella by the pool", [("umbrella", None)]),
        ("May I borrow a hair dryer?", [("hair dryer", 1)]),
        ("One burger without onions and 2 Cokes please", [("burger", 1), ("coke", 2)]),
        ("The soup was cold, please replace the soup", [("soup", None)]),
        ("I was charged for a beer I did not drink", [("beer", 1)]),
        ("cho chị xin hai cái khăn tắm", [("bath towel", 2)]),
        ("cho anh 2 tô phở bò với 1 ly trà đá", [("beef pho", 2), ("iced tea", 1)]),
        ("cà phê sữa đá x3 nhé", [("iced milk coffee", 3)]),
        ("phòng hết giấy vệ sinh rồi", [("toilet paper", None)]),
        ("~cho e xin 2 khan tam voi 1 ban chai", [("bath towel", 2), ("toothbrush", 1)]),
        ("~mang them goi len giup minh nha", [("pillow", None)]),
        ("cần thêm một chục móc áo", [("hanger", 10)]),
        ("khăn 2 cái nhé em", [("towel", 2)]),
        ("Could you bring us three zorblins please?", [("zorblin", 3)]),
        ("shower caps and a comb, 310 thx", [("shower cap", None), ("comb", 1)]),
        ("the cot I asked for never came", [("baby cot", None)]),
        ("Two velvet cushions for the sofa in 204", [("cushion", 2)]),
        ("My grandmother's necklace has disappeared", [("necklace", None)]),
        ("dọn khay trước cửa giúp anh", [("tray", None)]),
        ("~mua giup anh 3 ve xem mua roi", [("ticket", 3)]),
    ],
)
def test_requested_things_are_read_with_their_number(text: str, expected: list[tuple[str, int | None]]) -> None:
    assert things(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The lamp by the bed is broken",
        "The TV does not work",
        "Your coffee machine is great",
        "I'd like no ice",
        "Not the towels",
        "Where is a good banh mi place?",
        "Water is dripping from the ceiling",
        "Vòi nước bị rỉ",
        "đừng bỏ hành",
        "Tủ lạnh hỏng rồi em ơi",
        "~toi o phong 302 bi mat dien",
        "~anh oi cho hoi may gio co xe",
        "Can you book a table for 4?",
        "The mattress is as hard as a tent floor",
        "Somebody upstairs is dragging a chair",
        "Where can I buy good bread around here?",
        "Thanks, the soup arrived hot",
        "My son swallowed a coin, there was a spoon in his hand",
        "Can someone bring a doctor to 301?",
        "~phong 707 tra phong luc 2h chieu nha",
        "Bé dị ứng trứng với sữa",
        "làm đổ cà phê ra sàn rồi",
    ],
)
def test_broken_negated_and_scenery_things_are_left_out(text: str) -> None:
    assert things(text) == []


def test_a_lamp_that_is_asked_for_is_an_item() -> None:
    assert things("Could you bring a lamp for the desk?") == [("lamp", 1)]


def test_a_quantity_nobody_stated_is_an_assumed_field() -> None:
    result = extract_entities("two pillows and some water please", reference=NOW, language="en")
    assert result.assumed_fields == ("items[1].quantity",)


def test_a_size_is_kept() -> None:
    result = extract_entities("1 seafood pizza size L please", reference=NOW, language="en")
    assert result.entities.items is not None
    assert result.entities.items[0].size == "L"


def test_typed_accents_must_agree_with_the_thing() -> None:
    assert things("cho anh bốn cái gối") == [("pillow", 4)]
    assert things("dọn bồn tắm giúp chị") == []


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("A table for 2, quiet corner if possible", "quiet corner if possible"),
        ("A burger, no mayo please", "no mayo"),
        ("cho bát phở không hành", "không hành"),
        ("đặt bàn gần cửa sổ nhé", "gần cửa sổ"),
    ],
)
def test_wishes_keep_the_words_of_the_guest(text: str, wish: str) -> None:
    result = extract_entities(clean(text), reference=NOW, language="und")
    assert result.entities.special_requests == (wish,)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("Could you arrange a car to the airport at 5?", "airport transfer"),
        ("I'd like a massage at 4 pm", "spa"),
        ("đặt bàn 4 người ở nhà hàng", "restaurant"),
        ("thuê xe máy ngày mai", "motorbike rental"),
        ("A round of golf for three on Monday", "golf"),
        ("cho anh xe ra sân bay", "airport transfer"),
        ("4 tickets for the circus show", "show ticket"),
    ],
)
def test_the_service_gets_a_short_english_name(text: str, service: str) -> None:
    assert extract_entities(clean(text), reference=NOW, language="und").entities.service == service
