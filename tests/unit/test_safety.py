"""Danger to people: found in both languages, with and without accents, and not where there is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.safety import hazards
from innkeeper.engine.text import clean, fold

DANGERS = [
    ("fire", "The curtain in our room just caught fire"),
    ("fire", "There are flames coming from the kitchen window"),
    ("fire", "Sparks are flying from the kettle plug"),
    ("fire", "The socket gave me a shock"),
    ("fire", "FIRE!!!"),
    ("fire", "help there's a fire in the bin"),
    ("fire", "Phòng 504 cháy rồi"),
    ("fire", "CHÁY"),
    ("smoke", "The hallway on floor 6 is full of smoke"),
    ("smoke", "There is smoke in the corridor but no fire that I can see"),
    ("gas", "We think there is a gas leak on our floor"),
    ("gas", "I can smell gas near the kitchenette"),
    ("water_electric", "Water is running down the wall into the socket"),
    ("water_electric", "The balcony railing is loose and about to fall"),
    ("trapped", "My kid is locked in the bathroom and crying"),
    ("trapped", "We're stuck in the elevator, please get us out"),
    ("injury", "My wife fainted by the pool"),
    ("injury", "He is bleeding a lot from his head"),
    ("injury", "Grandma can't breathe"),
    ("injury", "my friend is unconscious"),
    ("injury", "child drowning!!"),
    ("security", "There is an intruder in the room next door"),
    ("security", "A man with a knife is in the lobby"),
    ("security", "A man is following me on my floor"),
    ("security", "Someone broke into our room"),
    ("security", "help"),
    ("injury", "My kid swallowed a battery"),
    ("self_harm", "I want to kill myself"),
    ("self_harm", "I have taken all my pills, I want it to be over"),
]
DANGERS_WITH_ACCENTS = [  # each is tried without accents as well
    ("fire", "Rèm cửa đang bốc cháy"),
    ("fire", "Có mùi khét ở ổ điện cạnh giường"),
    ("fire", "Ổ cắm tóe lửa"),
    ("smoke", "Hành lang tầng 6 đầy khói"),
    ("smoke", "Có khói bốc ra từ ổ cắm phòng 305"),
    ("gas", "Phòng em có mùi gas nồng lắm"),
    ("water_electric", "Nước chảy vào ổ điện rồi em ơi"),
    ("trapped", "Tụi mình bị nhốt trong phòng tắm"),
    ("injury", "Mẹ tôi bị ngất ở hồ bơi"),
    ("injury", "Bố em đau ngực dữ dội, khó thở"),
    ("injury", "Gọi xe cấp cứu gấp"),
    ("injury", "Có người đuối nước"),
    ("security", "Có người lạ đang cạy cửa phòng tôi"),
    ("security", "Có kẻ trộm trong phòng tôi"),
    ("self_harm", "Tôi muốn tự tử"),
    ("self_harm", "Tôi không muốn sống nữa"),
]
REFINED = [  # what an exception, a gap or a missing phrase once hid
    ("water_electric", "Water is dripping onto the electrical panel"),
    ("fire", "Fire! Fire!"),
    ("fire", "Cháy ổ điện trong phòng 712"),
    ("trapped", "con toi bi ket trong nha tam"),
    ("trapped", "toi bi ket trong thang may"),
    ("trapped", "We are trapped in the lift, is it safe?"),
    ("fire", "There is a fire in room 304, no smoke yet"),
    ("fire", "Fire in the kitchen, nobody is hurt so far"),
    ("injury", "My wife collapsed, the kids are not hurt"),
    ("injury", "My son is allergic to peanuts and he can't breathe"),
    ("injury", "Con tôi dị ứng đậu phộng, giờ khó thở"),
    ("injury", "He has had chest pain since last night, getting worse"),
    ("injury", "Ba tôi đau ngực từ hôm qua, giờ nặng hơn"),
    ("water_electric", "Hot water is spraying onto the socket"),
    ("security", "Someone is trying to break into my room"),
    ("security", "My husband is beating me"),
    ("security", "Chồng tôi đánh tôi"),
    ("fire", "Chuông báo cháy đang kêu"),
    ("self_harm", "Em muốn chết"),
]
HARMLESS = [
    "What time does the fire show start?",
    "The fire pit on the beach was lovely",
    "Where is the fire exit on this floor?",
    "It was a false alarm, nobody is hurt",
    "Is there a fire drill today?",
    "Do you sell sparkling water?",
    "I am dying for a coffee",
    "My wife will kill me if we miss the show",
    "We nearly had a heart attack when we saw the bill",
    "The music last night was fire",
    "My phone died, do you have a charger?",
    "Could I have a smoked salmon bagel?",
    "Is there a smoking area?",
    "We need a steak knife and two forks",
    "I'm stuck in traffic, arriving late",
    "The light bulb burned out",
    "My toast was burnt",
    "Is there a gas station nearby?",
    "We shot a lot of photos today",
    "no one is inside the lift but it's stuck",
]
HARMLESS_WITH_ACCENTS = [  # each is tried without accents as well
    "Có show cầu rồng phun lửa mấy giờ vậy em?",
    "Vé cháy hàng chưa em?",
    "Em đói xỉu rồi, cho tô phở",
    "Đốt lửa trại ngoài biển mấy giờ vậy?",
    "Ga xe lửa cách đây bao xa?",
    "Cho em nước có ga",
    "Món gà nướng bị cháy khét",
    "Phòng hôi mùi thuốc lá",
    "Kẹt xe quá, em tới trễ nha",
    "Cho xin con dao gọt trái cây",
    "Báo cháy giả thôi, không sao hết",
    "Diễn tập chữa cháy phải không em?",
    "Chạy bộ buổi sáng ở đâu đẹp?",
    "Món chay có gì ngon?",
    "Bóng đèn bị cháy rồi, thay giúp em",
    "Tôi bị cháy nắng, có kem dưỡng không?",
    "Trong thang máy không có ai, nhưng cửa không mở",
    "Nóng muốn chết, mở máy lạnh giúp",
]
FALSE_ALARMS = [
    "Khách sạn còn phòng không hay cháy phòng rồi?",
]


def kinds(text: str) -> set[str]:
    return {hazard.kind for hazard in hazards(clean(text))}


@pytest.mark.parametrize(
    ("kind", "text"),
    [*DANGERS, *REFINED, *DANGERS_WITH_ACCENTS, *((kind, fold(text)) for kind, text in DANGERS_WITH_ACCENTS)],
)
def test_danger_is_found(kind: str, text: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize("text", [*HARMLESS, *HARMLESS_WITH_ACCENTS, *map(fold, HARMLESS_WITH_ACCENTS), *FALSE_ALARMS])
def test_harmless_words_are_no_danger(text: str) -> None:
    assert kinds(text) == set()


def test_a_denied_danger_does_not_hide_a_real_one() -> None:
    assert kinds("The alarm this morning was a false alarm. Now my wife fainted.") == {"injury"}
    assert kinds("Báo cháy giả thôi. Nhưng giờ mẹ tôi bị ngất.") == {"injury"}


def test_a_hidden_character_does_not_hide_danger() -> None:
    assert kinds("my wife fai\u200bnted") == {"injury"}
    assert kinds("b\u00f4\u0301c cha\u0301y ro\u0302\u0300i") == {"fire"}  # loose accents


def test_a_danger_says_where_it_stands() -> None:
    text = "Hello. My scarf caught fire! My wife fainted."
    found = hazards(text)
    assert [text[each.start : each.end] for each in found] == ["caught fire", "fainted"]


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_and_places_lie_inside_it(text: str) -> None:
    cleaned = clean(text)
    for hazard in hazards(cleaned):
        assert 0 <= hazard.start < hazard.end <= len(cleaned)
