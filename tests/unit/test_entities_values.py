"""Rooms, dates, times, party sizes and names, in English and in Vietnamese with and without accents."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from innkeeper.engine.entities import Extraction, extract_entities
from innkeeper.engine.text import clean

# A Wednesday.
NOW = datetime(2025, 7, 9, 14, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def read(text: str, *, now: datetime = NOW, room: str | None = None) -> Extraction:
    language = "en" if text.isascii() and not text.startswith("~") else "vi"
    return extract_entities(clean(text.lstrip("~")), reference=now, language=language, context_room=room)


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("Four robes to 1432 please", "1432"),
        ("rm 212 needs soap", "212"),
        ("soap pls thx, 212", "212"),
        ("Our room number is 0805, the tap drips", "0805"),
        ("We are in villa 7 and the lights are out", "7"),
        ("Bungalow 12, more coffee please", "12"),
        ("Please move us from 301 to 405", "301"),
        ("Not room 301, room 305 needs towels", "305"),
        ("The neighbours in 1410 are shouting, I'm in 1412", "1412"),
        ("2317!! sparks from the kettle", "2317"),
        ("P.302 cần thêm nước", "302"),
        ("dạ p804 cho em xin khăn", "804"),
        ("phòng số 1105 mất điện", "1105"),
        ("~phong 1127 den nhap nhay", "1127"),
        ("~dem xuong 1433 gium e nha", "1433"),
        ("Phòng mình 742 nghen em", "742"),
        ("tôi ở biệt thự 9", "9"),
        ("We're 219, the kettle leaks", "219"),
        ("Guest in 318 has lost a contact lens", "318"),
        ("640 again, still dripping", "640"),
        ("Settling into 722, any more hangers?", "722"),
        ("About the lamp: could 415 have a new bulb", "415"),
        ("1017 is freezing", "1017"),
        ("Please swap 233 for a quieter one", "233"),
        ("Cottage 14 has no hot water", "14"),
    ],
)
def test_a_room_number_is_read(text: str, room: str) -> None:
    assert read(text).entities.room_number == room


@pytest.mark.parametrize(
    "text",
    [
        "I was charged 480,000 VND twice",
        "It costs 1500 usd?",
        "We land with flight VN 1204 tonight",
        "My booking number is 4471",
        "Call me on 0905 123 456",
        "The wifi password 20252025 does not work",
        "Bus 150 to the old town?",
        "A fan for 2 people on floor 12",
        "Our wedding was in May 2019",
        "chuyến bay VN 1315 hạ cánh lúc mấy giờ",
        "cho 2 phòng 3 người",
        "hóa đơn 650 nghìn là gì vậy",
        "phòng 2 giường",
        "Wake me at 0630 hrs",
        "500ml water please",
        "A speech of 700 words please",
        "We need 150 chairs for the party",
        "đổi giúp em 500 đô",
    ],
)
def test_other_numbers_are_no_rooms(text: str) -> None:
    assert read(text).entities.room_number is None


def test_the_known_room_counts_when_none_is_stated() -> None:
    result = read("More towels please", room="1204")
    assert result.entities.room_number == "1204"
    assert [mention.kind for mention in result.mentions] == ["item"]
    assert read("More towels to 305 please", room="1204").entities.room_number == "305"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Can you clean the room today?", "2025-07-09"),
        ("A table tonight please", "2025-07-09"),
        ("Taxi tmrw morning pls", "2025-07-10"),
        ("Book the spa for the day after tomorrow", "2025-07-11"),
        ("Dinner this Friday please", "2025-07-11"),
        ("Dinner next Tuesday please", "2025-07-15"),
        ("Please book a tour on Sunday", "2025-07-13"),
        ("We want to leave in 3 days", "2025-07-12"),
        ("A tour on 14/08 please", "2025-08-14"),
        ("A tour on 14-8 please", "2025-08-14"),
        ("I arrive on the 20th", "2025-07-20"),
        ("Please book it for the 20th of August", "2025-08-20"),
        ("We arrive Feb 14", "2026-02-14"),
        ("We arrive June 3rd 2026", "2026-06-03"),
        ("From 24 to 28 October please", "2025-10-24"),
        ("Arrival 2025-12-01", "2025-12-01"),
        ("Please move my massage from 12 July to 15 July", "2025-07-15"),
        ("Could we come on 13 July instead of 16 July?", "2025-07-13"),
        ("I left my hat when I checked out on 5 July", "2025-07-05"),
        ("Two seats for the new year's eve gala please", "2025-12-31"),
        ("tối nay cho anh bàn 2 người", "2025-07-09"),
        ("hnay ko cần dọn phòng nha", "2025-07-09"),
        ("chiều mai đặt spa giúp chị", "2025-07-10"),
        ("~sang mai goi toi day luc 5h", "2025-07-10"),
        ("ngày kia mình trả phòng", "2025-07-11"),
        ("mốt cho em xe ra sân bay", "2025-07-11"),
        ("thứ bảy này đặt tour giúp mình", "2025-07-12"),
        ("t7 có tour đảo không, đặt 2 vé", "2025-07-12"),
        ("cn cho mình đặt bàn", "2025-07-13"),
        ("chủ nhật tuần sau cho anh đặt bàn", "2025-07-20"),
        ("cuối tuần đặt giúp em bàn ngoài trời", "2025-07-12"),
        ("đặt phòng ngày 15 tháng 8 giúp tôi", "2025-08-15"),
        ("mùng 2 tháng 9 gia đình tôi tới", "2025-09-02"),
        ("em tới ngày 28/7 nhé", "2025-07-28"),
        ("~nha minh den ngay 1 thang 8", "2025-08-01"),
        ("3 ngày nữa mình trả phòng", "2025-07-12"),
        ("Tonight's table please, can it be by the window?", "2025-07-09"),
        ("Could tomorrow's massage be a bit later?", "2025-07-10"),
        ("15 tây này nhà em tới", "2025-07-15"),
        ("Sorry, dinner on Friday, no wait, Saturday please", "2025-07-12"),
    ],
)
def test_the_wanted_day_is_read(text: str, day: str) -> None:
    assert str(read(text).entities.date) == day


@pytest.mark.parametrize(
    "text",
    [
        "There was a lot of noise last night",
        "We called twice yesterday",
        "Have a lovely weekend everybody!",
        "Nobody answered when I rang at reception today",
        "You are open 24/7, right?",
        "May I have a towel?",
        "hôm qua phòng ồn quá",
        "chị Mai dọn phòng rất sạch",
        "~may say hong, thu may 5 lan roi",
        "Nobody came on Monday. And Tuesday.",
        "Is today's total correct?",
        "My shirts from Sunday haven't come back",
        "cho em hỏi chị Thu có ở quầy không",
        "The pad thai was cold",
        "We found a cockroach this morning",
    ],
)
def test_background_days_are_left_out(text: str) -> None:
    assert read(text).entities.date is None


def test_an_impossible_date_is_a_warning() -> None:
    result = read("Book a table on 31/02 please")
    assert result.entities.date is None
    assert len(result.warnings) == 1
    assert "31/02" in result.warnings[0]


def test_after_midnight_tonight_is_the_night_that_goes_on() -> None:
    late = NOW.replace(hour=1)
    assert str(read("Can I check out tonight?", now=late).entities.date) == "2025-07-09"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("A table at 8.15 in the evening", "20:15"),
        ("Taxi at 19:45 please", "19:45"),
        ("Turn down the beds by half past eight please", "20:30"),
        ("Dinner at half past 7 please", "19:30"),
        ("Please come at quarter to six", "17:45"),
        ("We arrive at 25 to 7 pm", "18:35"),
        ("I need a late checkout until noon", "12:00"),
        ("Book dinner at 7", "19:00"),
        ("Wake me at 6 please", "06:00"),
        ("Breakfast in the room at 8 please", "08:00"),
        ("Can you clean before 4?", "16:00"),
        ("Please move our dinner from 7 to 8", "20:00"),
        ("Please push my 2 pm facial to 5 pm", "17:00"),
        ("Babysitter 10 to 12 tomorrow please", "10:00"),
        ("Send the car at 5pm", "17:00"),
        ("8 rưỡi tối cho anh bàn 4 người", "20:30"),
        ("2h chiều dọn phòng giúp chị", "14:00"),
        ("3h30 cho xe đón mình nhé", "15:30"),
        ("đặt spa lúc 15h", "15:00"),
        ("gọi tôi dậy 7 giờ kém 15", "06:45"),
        ("chín giờ sáng mai dọn phòng giúp em", "09:00"),
        ("sáng mai 6g gọi em dậy nha", "06:00"),
        ("tối mai lúc 8 giờ giữ chỗ nhé", "20:00"),
        ("~dat ban 7h toi mai nha", "19:00"),
        ("~nho danh thuc chu luc 5h15 sang mai", "05:15"),
        ("ủi xong trước 4 rưỡi chiều nay giúp bác", "16:30"),
        ("dời bàn từ 7h sang 8h tối nay nhé", "20:00"),
        ("Porter at half eleven tomorrow please", "11:30"),
        ("Wake us 5 sharp tomorrow", "05:00"),
        ("A 6.50 tee time on Saturday please", "06:50"),
        ("Massage tomorrow 4.45 please", "16:45"),
        ("Dinner at 7, sorry, make that 8 please", "20:00"),
        ("We have a flight at 9, so breakfast at 6 please", "06:00"),
        ("Said we'd come by 3, it will be more like 6pm please", "18:00"),
        ("tầm 9r tối nay dọn phòng giúp em", "21:30"),
        ("tám rưỡi tối mai cho bàn 2 người", "20:30"),
        ("đặt spa 3h, à nhầm, 4h chiều nhé", "16:00"),
    ],
)
def test_the_wanted_time_is_read(text: str, time: str) -> None:
    assert read(text).entities.time == time


@pytest.mark.parametrize(
    "text",
    [
        "Can someone come in 20 minutes?",
        "We waited for 2 hours",
        "They have been hammering since 6:40",
        "The download runs at 3.2 Mbps",
        "I've got a 5am flight, please be quiet",
        "đợi 2 tiếng rồi chưa thấy ai",
        "nhạc ầm ĩ suốt từ 11 giờ đêm",
        "15 phút nữa lên giúp em",
        "massage 90 phút bao nhiêu tiền",
        "mở cửa 24h không em",
        "Kids between 4 and 9, any ideas?",
        "My sugar has dropped to 3.1 and I shake",
        "The lift is stuck between 3 and 4",
    ],
)
def test_durations_and_background_times_are_left_out(text: str) -> None:
    assert read(text).entities.time is None


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        ("A table for 4 tonight", 4),
        ("Dinner for two at 8", 2),
        ("Tour for 3 people please", 3),
        ("We are 4 adults and 2 kids arriving tomorrow", 6),
        ("Please put the two of us down for yoga", 2),
        ("A table for me and my wife", 2),
        ("đặt bàn 6 người tối nay", 6),
        ("bàn 4 lúc 7h tối", 4),
        ("hai vợ chồng với 1 cháu đi tour", 3),
        ("đi tour 2 lớn 1 nhỏ", 3),
        ("~dat ban 5 ng toi nay", 5),
        ("đoàn mười lăm người ăn tối", 15),
        ("~xe ve Hue 3 nguoi lon 2 tre em", 5),
        ("Tennis court for three players at 5", 3),
        ("A boat for my wife and me tomorrow", 2),
        ("Could we have a couples massage tomorrow?", 2),
        ("Put us down for five at 7", 5),
        ("My husband, three kids and I want the tour", 5),
        ("Sign both mine up for the kids club", 2),
        ("chị đi tour với chồng", 2),
        ("đăng ký lớp yoga cho 3 người", 3),
    ],
)
def test_the_party_is_counted(text: str, persons: int) -> None:
    assert read(text).entities.party_size == persons


@pytest.mark.parametrize(
    "text",
    [
        "2 towels please",
        "A table for two nights?",
        "A 7-seater to the airport",
        "xe 29 chỗ đón đoàn",
        "cho 2 cái khăn",
        "Stuck in the lift, four people here",
        "cháo sau khách sạn bán tới mấy giờ",
        "Cancel the booking for 9 March",
    ],
)
def test_other_counts_are_no_party(text: str) -> None:
    assert read(text).entities.party_size is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A table for 4, name is Adeyemi", "Adeyemi"),
        ("The booking is under Brandt.", "Brandt"),
        ("Reservation for Mr. Petrov, late arrival", "Petrov"),
        ("Could you send the bill? Kind regards, Maria da Silva", "Maria da Silva"),
        ("Please call me.\nBest,\nJohn O'Neill", "John O'Neill"),
        ("my name is anna lindberg", "anna lindberg"),
        ("Mình tên Nguyễn Thị Lan, phòng 305", "Nguyễn Thị Lan"),
        ("đặt bàn tối nay, đặt tên chị Hương nhé", "Hương"),
        ("Tôi là Vũ Đức Thắng, xin hủy phòng", "Vũ Đức Thắng"),
        ("Nhờ gửi hóa đơn. Trân trọng, Đỗ Minh Anh", "Đỗ Minh Anh"),
        ("~dat ban ten tran van nam nhe", "tran van nam"),
        ("A table at 7, name of Salazar please", "Salazar"),
        ("We lost a scarf. Bertrand is the name.", "Bertrand"),
        ("It's Okonkwo in 305, the tub is blocked", "Okonkwo"),
        ("Haugen here, 1202. No hot water.", "Haugen"),
        ("Could the Pereira account be split?", "Pereira"),
        ("It says Smith, it should read Amelia Stone", "Amelia Stone"),
        ("Please bring the parcel up to 905, Watanabe.", "Watanabe"),
        ("Chị Minh Hà nè em, phòng chị hết nước", "Minh Hà"),
        ("Tôi là Lý Quốc Bảo, muốn dời ngày", "Lý Quốc Bảo"),
    ],
)
def test_the_guest_name_is_read_without_title(text: str, name: str) -> None:
    assert read(text).entities.guest_name == name


@pytest.mark.parametrize(
    "text",
    [
        "I'm Vegetarian",
        "Thanks, Housekeeping",
        "under the bed",
        "Hello Reception",
        "Xin cảm ơn",
        "Is the pool open? Thanks",
        "Under construction noise all day",
        "The Deluxe Room is lovely",
        "I understand nothing",
    ],
)
def test_other_words_are_no_names(text: str) -> None:
    assert read(text).entities.guest_name is None


def test_a_reference_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        extract_entities("tonight", reference=datetime(2025, 7, 9), language="en")  # noqa: DTZ001  the point of the test


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("Need a car to Noi Bai tomorrow", "airport transfer"),
        ("A ride to the airport at 5 please", "airport transfer"),
        ("Friday's gala dinner: any seats left?", "gala dinner"),
        ("Cancel tonight's table please", "restaurant"),
        ("Two berths on the night train please", "train ticket"),
        ("We need a lift to the market", "taxi"),
        ("huỷ giúp em bàn tối nay", "restaurant"),
        ("gọi giúp chị xe 7 chỗ ra ga", "taxi"),
    ],
)
def test_the_service_is_named(text: str, service: str) -> None:
    assert read(text).entities.service == service


@pytest.mark.parametrize(
    "text",
    [
        "Could someone grab a few pillows for us?",
        "I forgot my hat in the taxi",
        "Lemonade to the kids pool, thanks",
        "ai đó bất tỉnh ở hồ bơi",
    ],
)
def test_a_place_in_passing_is_no_service(text: str) -> None:
    assert read(text).entities.service is None
