"""The bookable service or facility a message is about, as a short English name."""

import re

from innkeeper.engine.entities.source import Pattern, Source, Span

# The first named wins; of those named at the same place, the one that stands first here.
_SERVICES = (
    (
        "airport transfer",
        Pattern(
            r"\b(?:airport (?:transfer|pick ?-?up|pickup|shuttle|car|taxi|limo|limousine)|(?:transfer|"
            r"pick ?-?up|car|driver|taxi|drop ?-?off|shuttle|van|seater|limo)\b[^.!?]{0,40}\b(?:airport|"
            r"flight)|(?:airport|we land|flight lands)\b[^.!?]{0,60}\b(?:pick (?:us|me) up|transfer|seater|"
            r"car|driver|bring us))\b|(?<!\w)(?:xe|đón|tiễn|đưa|taxi|grab)[^.!?]{0,30}(?:sân bay|~sb|nội bài|"
            r"tân sơn nhất|"
            r"cam ranh|phú bài)(?!\w)|\b(?:ride|lift|car|driver|transfer|taxi|cab|pick(?:ed)?[- ]?up|collect|"
            r"drive|driven|"
            r"shuttle|run|transport\w*|fetch|meet)\b[^.!?]{0,40}\b(?:to|from|at) (?:the |tan son|noi|cam|phu|"
            r"cat|da nang )?"
            r"(?:airport|tan son nhat|nhat|noi bai|bai|cam ranh|ranh|terminal)\b|\b(?:limo|limousine)\b"
        ),
    ),
    ("shuttle bus", Pattern(r"\b(?:shuttle(?: bus)?|xe đưa đón|xe bus|xe buýt|xe trung chuyển)\b")),
    (
        "motorbike rental",
        Pattern(
            r"\b(?:(?:hire|rent|rental|borrow)\b[^.!?]{0,25}\b(?:scooters?|motorbikes?|mopeds?|motorcycles?)|"
            r"(?:scooter|motorbike|moped) (?:rental|hire)|thuê[^.!?]{0,12}(?:xe máy|xe ga|xe tay ga|xe số))\b"
        ),
    ),
    (
        "bicycle rental",
        Pattern(
            r"\b(?:(?:hire|rent|rental)\b[^.!?]{0,25}\b(?:bikes?|bicycles?)|(?:bike|bicycle) (?:rental|hire)|"
            r"thuê[^.!?]{0,12}xe đạp)\b"
        ),
    ),
    (
        "car rental",
        Pattern(
            r"\b(?:(?:hire|rent|rental)\b[^.!?]{0,12}\bcar|car (?:rental|hire)|car with (?:a )?driver|"
            r"(?<!by )private car|thuê[^.!?]{0,12}(?:xe hơi|ô tô|xe ô tô|xe riêng|xe \d+ chỗ|xe có tài xế))\b"
        ),
    ),
    (
        "taxi",
        Pattern(
            r"\b(?:taxis?|cabs?|grab(?= |$)(?! (?:an?|the|some|me|us|it|my|our|one|two|your|his|her|him|them|\d+|"
            r"lunch|dinner|breakfast|food)\b)|uber|xe grab|xe taxi|xe ôm|"
            r"(?:gọi|kêu|đặt|book)[^.!?]{0,16} xe(?: \d+ (?:chỗ|cho))?"
            r"(?= (?:đi|ra|về|lên|qua|tới|đến|cho|lúc)\b)(?! đi đón))\b"
        ),
    ),
    (
        "taxi",
        Pattern(
            r"\b(?:need|book|arrange|get|want|order|call|organi[sz]e|send) (?:us |me )?(?:an? )?(?:\w+ "
            r")?(?:lift|ride|car|van|minivan)"
            r" (?:to|there|home|back|for|at|from|into)\b|(?:cho|sắp|điều)[^.!?]{0,16} xe \d+ (?:chỗ|cho)\b"
        ),
    ),
    ("flight ticket", Pattern(r"\b(?:flight|plane|air) tickets?\b|(?:~vé|mua ve|dat ve) máy bay\b")),
    ("bus ticket", Pattern(r"\b(?:bus|coach) tickets?\b|(?:~vé|mua ve|dat ve) xe (?:khách|giường nằm|limousine)\b")),
    ("badminton court", Pattern(r"\b(?:badminton|sân cầu lông)\b")),
    ("buggy", Pattern(r"\b(?:buggy|buggies|golf cart|xe điện)\b")),
    (
        "show ticket",
        Pattern(
            r"\b(?:(?:show|theatre|theater|concert|puppet|circus) tickets?|tickets?[^.!?]{0,40}\b(?:show|"
            r"puppets?|concert|theatre|circus|opera|memories)|(?:~vé|mua ve|dat ve|lay ve)[^.!?]{0,30}(?:show|xem|"
            r"múa rối|biểu diễn|ký ức)|show (?:ký ức|múa rối|diễn|thực cảnh)|(?:see|watch|catch) the "
            r"(?:\w+ ){0,2}(?:puppets?|puppet show|show))\b"
        ),
    ),
    (
        "theme park ticket",
        Pattern(
            r"\b(?:tickets?[^.!?]{0,30}\b(?:theme park|water park|vinwonders|sun world|ba na hills)|(?:theme "
            r"park|water park|vinwonders|sun world|ba na|cable car) (?:\w+ ){0,3}tickets?|(?:~vé|"
            r"mua ve|dat ve|lay ve|\d ve(?= )|(?:mua|đặt)[^.!?]{0,16} ve)[^.!?]{0,30}(?:vinwonders|sun world|bà "
            r"nà|công viên))\b"
        ),
    ),
    (
        "train ticket",
        Pattern(
            r"\b(?:(?:train|rail) tickets?|(?:tickets?|seats?|berths?)[^.!?]{0,30}\btrain|sleeper (?:train|"
            r"berths?)|(?:first|night|morning|evening|overnight|next) train to|"
            r"(?:~vé|mua ve|dat ve) (?:tàu|xe lửa))\b"
        ),
    ),
    ("gala dinner", Pattern(r"\b(?:gala(?: dinner)?|tiệc gala)\b")),
    ("yoga class", Pattern(r"\byoga\b(?! (?:mats?|pants|blocks?))")),
    ("pilates class", Pattern(r"\bpilates\b")),
    ("cooking class", Pattern(r"\b(?:cooking (?:class|course|lesson)|lớp nấu ăn|học nấu ăn|lớp học nấu)\b")),
    ("kids club", Pattern(r"\b(?:kids?'? ?club|children's club|câu lạc bộ trẻ em|clb trẻ em|khu vui chơi trẻ em)\b")),
    ("golf", Pattern(r"\b(?:tee time|golf|green fee|sân gôn|sân golf|đánh golf)\b")),
    ("tennis court", Pattern(r"\b(?:tennis(?: court)?|sân tennis)\b")),
    (
        "boat trip",
        Pattern(
            r"\b(?:boat (?:trip|tour|ride)|(?:private|reserve|book|rent|hire)[^.!?]{0,12} (?:boat|yacht|"
            r"cruise)|(?:river|bay|fishing) (?:boat|cruise)|overnight (?:boat|cruise)|sunset cruise|cruise|du "
            r"thuyền|thuê thuyền|tàu riêng)\b|\bif a boat\b"
        ),
    ),
    ("diving", Pattern(r"\b(?:scuba|diving (?:trip|lesson|course)|lặn bình khí)\b")),
    (
        "spa",
        Pattern(
            r"\b(?:spa|body wraps?|(?:hot stone|aroma\w*|foot|back|body|beauty) (?:treatment|therapy|scrub|rub)|"
            r"reflexology|"
            r"hammam|masseuse|massages?|facials?|manicures?|pedicures?|body scrub|sauna session|mát xa|mát-xa|"
            r"massa|~mat xa|ngâm chân|tẩy tế bào chết|xông hơi|gội đầu|chăm sóc da|làm móng)\b"
        ),
    ),
    (
        "tour",
        Pattern(
            r"\b(?:tours?|guided (?:walk|hike|trip)|food walk|street food|sightseeing|(?<!bridge of )trekking|"
            r"snorkell?ing|excursions?|day[- ]trips?|full-day trip|half-day trip|trips?(?= to)|"
            r"city sightseeing|đi đảo|lặn ngắm|tham quan)\b"
        ),
    ),
    ("gym class", Pattern(r"\b(?:gym class|fitness class|zumba)\b")),
    ("gym", Pattern(r"\b(?:gym(?! class)|fitness (?:centre|center|room)|phòng tập|phòng gym)\b")),
    (
        "restaurant",
        Pattern(
            r"\b(?:(?:tonight|tomorrow|today|(?:mon|tues|wednes|thurs|fri|satur|sun)day)['’]?s (?:\w+ "
            r")?(?:table|dinner|lunch|brunch)|"
            r"(?:dinner|lunch|brunch) (?:tonight|tomorrow|today|this|on|next|for|(?:mon|tues|wednes|thurs|fri|"
            r"satur|sun)day)\b"
            r"(?! (?:the room|our room|my room|room))|"
            r"our table|table (?:outside|inside|near|under|tonight|tomorrow|please)|put (?:us|me) down for|a table|"
            r"(?:which|your|the) (?:of your )?(?:\w+ ){0,2}restaurants?\b(?=[^.]{0,40}(?:\?|book|reserv|table))|"
            r"(?:book|reserve|reserv\w+|cancel|spot|seats?)[^.!?]{0,40}\brestaurant|"
            r"(?:reservation|booking|đặt chỗ|giữ chỗ|cancel|hủy|huỷ|~bỏ|dời|đặt)[^.!?]{0,24} (?:ở |tại |bên )?nhà hàng|"
            r"~bàn (?:tối nay|tối mai|trưa|chiều|tối|cho|ăn)|"
            r"(?:book|reserve|booking|reservation|cancel|move|change|shift|have|get|"
            r"a) (?:\w+ ){0,3}?(?:table|dinner|lunch|brunch)|table for|table (?:at|in|by|on)|"
            r"dinner reservation|restaurant (?:reservation|booking)|(?:đặt|giữ|book|hủy|"
            r"đổi|huỷ|~bỏ|dời|xin)[^.!?]{0,20} bàn(?! (?:ủi|là|chải|phím|ghế))|bàn \d+ (?:người|ng|khách))\b"
        ),
    ),
    ("babysitting", Pattern(r"\b(?:baby ?-?sitt(?:er|ing)|nanny|trông trẻ|giữ trẻ)\b")),
    (
        "breakfast",
        Pattern(
            r"\b(?:breakfast (?:buffet|time|hours|included|is|was|start\w*|open\w*|end\w*)|(?:is|does|when is|"
            r"what time is) (?:the )?breakfast|buffet sáng|(?:of us|be) (?:at|for) breakfast|at breakfast "
            r"(?:tomorrow|today|this)|"
            r"breakfast (?:hall|room|area|from|until|till|served|serve[sd]?|finish\w*|run\w*)|(?:bữa sáng|ăn "
            r"sáng|buffet)"
            r"[^.!?]{0,24}(?:mấy giờ|phục vụ|có gì|bao nhiêu|bắt đầu|kết thúc|giờ nào))\b"
        ),
    ),
    ("pool", Pattern(r"\b(?:pool(?! (?:bar|towel|table|staff came))|swimming pool|hồ bơi|bể bơi)\b")),
    ("sauna", Pattern(r"\b(?:sauna|steam room)\b")),
    (
        "meeting room",
        Pattern(
            r"\b(?:(?:book|reserve|hire|rent)[^.!?]{0,20}(?:meeting|conference) room|(?:đặt|"
            r"thuê)[^.!?]{0,15}phòng họp)\b"
        ),
    ),
)
# A pool in these phrases is only where something happened or is to be brought.
_PLACE_BEFORE = Pattern(
    r"\b(?:by|at|near|to|from|around|next to|outside|beside|in|ở|locker|tủ|từ|ra|gần|cạnh|tại|"
    r"ghế số \d+)\s(?:the |your )?(?:kids'? |main )?$"
)
_PLACES = {"pool", "gym", "sauna"}
# Wide names that yield to a narrow one in the same message: "is there any gym class, pilates say".
_CLASSES = ("pilates class", "yoga class", "cooking class")
_YIELDS = {
    "gym class": _CLASSES,
    "taxi": ("airport transfer", "car rental", "motorbike rental", "bicycle rental"),
    "breakfast": ("restaurant", "spa", "tour", "airport transfer", "taxi"),
    "pool": ("kids club", "restaurant", "spa", "gym"),
}
# Somebody in danger asks for no pool; "juice to the kids pool" names a place.
_RESCUE = Pattern(
    r"\b(?:drown\w*|unconscious|not breathing|suction|electric shock|đuối nước|chết đuối|~chìm|chim(?= duoi)|bất tỉnh|"
    r"co giật|cấp cứu|ambulance|seizure)\b"
)
_KIDS_POOL = Pattern(r"(?<=kids )pool(?:,|$|\.)|pool(?: pls| please)\b")
_INSIDE = Pattern(r"\b(?:trên|in|inside|on|off|trong)\s(?:the |a |your |my |our |that |xe )?$")
_BOOKS = Pattern(r"\b(?:book|slot|reserve|sign|đăng ký|đặt|lịch)\b[^.!?]{0,30}$")
_DENIED = Pattern(r"\b(?:not the|not|was not|wasn['’]t|no more|instead of the)\s$")
_ON_OUR_OWN = Pattern(  # what the guests do anyway, or where a thing was lost
    r"\b(?:cả nhà|nhà mình|tụi mình|đang|mới|vừa|anh chị|em|mình) đi\s$|\b(?:locker|tủ đồ|khăn|máy sấy ở) $|"
    r"\b(?:on|after|from|back from|during) (?:a|our|my|the) (?:\w+ )?$|\bby private $"
)
_ON_ITS_WAY = Pattern(
    r"(?:['’]s| is| are) (?:already |now )?(?:waiting|here|coming|outside)\b|[^.!?]{0,16} "
    r"(?:đang đợi|đang chờ|tới rồi|đến rồi)\b"
)
_ARRIVAL = Pattern(
    r"\b(?:we land|i land|landing|flight|arrive at .{0,20}airport|airport|sân bay|chuyến bay|"
    r"hạ cánh)\b"
)
_RIDE = Pattern(
    r"\b(?:arrange|book|send|need|sắp|đặt|cho)\b[^.!?]{0,30}\b(?:\d+[- ]seater|car|van|driver|limo|xe|"
    r"transfer|pick(?:ed)?[- ]?up)\b"
)


def _is_aside(name: str, match: re.Match[str], source: Source) -> bool:
    """The word is only a place, a denial, or something that happens anyway."""
    before = source.before(match.start(), 24)
    if name in _PLACES and (
        (_PLACE_BEFORE.search(before) and not _BOOKS.search(before)) or _RESCUE.search(source.lower)
    ):
        return True
    if (name == "taxi" and _INSIDE.search(before)) or _KIDS_POOL.match(source.lower, match.start()):
        return True
    return bool(_ON_OUR_OWN.search(before) or _DENIED.search(before) or _ON_ITS_WAY.match(source.lower, match.end()))


def find_service(source: Source) -> tuple[str, Span] | None:
    """Short English name of the service and where it is named, or `None`."""
    ride = _RIDE.search(source.lower) if _ARRIVAL.search(source.lower) else None
    if ride:
        return "airport transfer", Span(*ride.span())
    found: list[tuple[int, str, Span]] = []
    for name, cue in _SERVICES:
        for match in cue.finditer(source.lower):
            if not _is_aside(name, match, source):
                found.append((match.start(), name, Span(*match.span())))
                break
    if not found:
        return None
    narrow = {name for _, name, _ in found}
    found = [each for each in found if not any(other in narrow for other in _YIELDS.get(each[1], ()))]
    first = min(found, key=lambda each: each[0])
    # Of overlapping ones ("Friday's gala dinner" is no mere dinner) the narrower stands first in the list.
    _, name, span = next(each for each in found if each[0] < first[2].end)
    return name, span
