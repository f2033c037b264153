"""The bookable service or facility a message is about, as a short English name."""

from innkeeper.engine.entities.source import Pattern, Source, Span

# The first that matches wins; narrow ones stand before wide ones.
_SERVICES = (
    (
        "airport transfer",
        Pattern(
            r"\b(?:airport (?:transfer|pick ?-?up|pickup|shuttle|car|taxi|limo|limousine)|(?:transfer|"
            r"pick ?-?up|car|driver|taxi|drop ?-?off|shuttle|van|seater|limo)\b[^.!?]{0,40}\b(?:airport|"
            r"flight)|(?:airport|we land|flight lands)\b[^.!?]{0,60}\b(?:pick (?:us|me) up|transfer|seater|"
            r"car|driver|bring us))\b|(?<!\w)(?:xe|đón|tiễn|đưa)[^.!?]{0,30}sân bay(?!\w)"
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
            r"private car|thuê[^.!?]{0,12}(?:xe hơi|ô tô|xe ô tô|xe riêng|xe \d+ chỗ|xe có tài xế))\b"
        ),
    ),
    ("taxi", Pattern(r"\b(?:taxis?|cabs?|grab(?= |$)|uber|xe grab|xe taxi|xe ôm)\b")),
    ("buggy", Pattern(r"\b(?:buggy|buggies|golf cart|xe điện)\b")),
    (
        "show ticket",
        Pattern(
            r"\b(?:(?:show|theatre|theater|concert|puppet|circus) tickets?|tickets?[^.!?]{0,40}\b(?:show|"
            r"puppets?|concert|theatre|circus|memories)|(?:~vé|mua ve|dat ve|lay ve)[^.!?]{0,30}(?:show|xem|"
            r"múa rối|biểu diễn|ký ức))\b"
        ),
    ),
    (
        "theme park ticket",
        Pattern(
            r"\b(?:tickets?[^.!?]{0,30}\b(?:theme park|water park|vinwonders|sun world|ba na hills)|(?:~vé|"
            r"mua ve|dat ve|lay ve)[^.!?]{0,30}(?:vinwonders|sun world|bà nà|công viên))\b"
        ),
    ),
    ("train ticket", Pattern(r"\b(?:train tickets?|tickets?[^.!?]{0,25}\btrain|sleeper train|vé tàu)\b")),
    ("gala dinner", Pattern(r"\b(?:gala(?: dinner)?|tiệc gala)\b")),
    ("yoga class", Pattern(r"\byoga\b")),
    ("pilates class", Pattern(r"\bpilates\b")),
    ("cooking class", Pattern(r"\b(?:cooking (?:class|course|lesson)|lớp nấu ăn|học nấu ăn)\b")),
    ("kids club", Pattern(r"\b(?:kids?'? ?club|children's club|câu lạc bộ trẻ em|clb trẻ em|khu vui chơi trẻ em)\b")),
    ("golf", Pattern(r"\b(?:tee time|golf|green fee|sân gôn|sân golf|đánh golf)\b")),
    ("tennis court", Pattern(r"\b(?:tennis(?: court)?|sân tennis)\b")),
    (
        "boat trip",
        Pattern(
            r"\b(?:boat (?:trip|tour|ride)|(?:private|reserve|book|rent|hire)[^.!?]{0,12} (?:boat|yacht|"
            r"cruise)|sunset cruise|cruise|du thuyền|thuê thuyền|tàu riêng)\b|\bif a boat\b"
        ),
    ),
    ("diving", Pattern(r"\b(?:scuba|diving (?:trip|lesson|course)|lặn bình khí)\b")),
    (
        "spa",
        Pattern(
            r"\b(?:spa|massages?|facials?|manicures?|pedicures?|body scrub|sauna session|mát xa|mát-xa|"
            r"xông hơi|gội đầu|chăm sóc da|làm móng)\b"
        ),
    ),
    (
        "tour",
        Pattern(
            r"\b(?:tours?|snorkell?ing|excursions?|day[- ]trips?|full-day trip|half-day trip|trips?(?= to)|"
            r"city sightseeing|đi đảo|lặn ngắm|tham quan)\b"
        ),
    ),
    ("gym class", Pattern(r"\b(?:gym class|fitness class|zumba)\b")),
    ("gym", Pattern(r"\b(?:gym|fitness (?:centre|center|room)|phòng tập|phòng gym)\b")),
    (
        "restaurant",
        Pattern(
            r"\b(?:(?:book|reserve|booking|reservation|cancel|move|change|shift|have|get|"
            r"a) (?:\w+ ){0,3}?(?:table|dinner|lunch|brunch)|table for|table (?:at|in|by|on)|"
            r"dinner reservation|restaurant (?:reservation|booking)|(?:đặt|giữ|book|hủy|"
            r"đổi)[^.!?]{0,20} bàn(?! (?:ủi|là|chải|phím|ghế))|bàn \d+ (?:người|ng|khách))\b"
        ),
    ),
    ("babysitting", Pattern(r"\b(?:baby ?-?sitt(?:er|ing)|nanny|trông trẻ|giữ trẻ)\b")),
    (
        "breakfast",
        Pattern(
            r"\b(?:breakfast (?:buffet|time|hours|included|is|was|start\w*|open\w*|end\w*)|(?:is|does|when is|"
            r"what time is) (?:the )?breakfast|buffet sáng)\b"
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
    r"\b(?:by|at|near|to|from|around|next to|outside|beside|in|ở|từ|ra|gần|cạnh|tại|"
    r"ghế số \d+)\s(?:the |your )?(?:kids'? |main )?$"
)
_PLACES = {"pool", "gym", "spa", "sauna", "restaurant"}
_DENIED = Pattern(r"\b(?:not the|no more|instead of the)\s$")
_ON_ITS_WAY = Pattern(r"(?:['’]s| is| are) (?:already |now )?(?:waiting|here|coming|outside)\b")
_ARRIVAL = Pattern(
    r"\b(?:we land|i land|landing|flight|arrive at .{0,20}airport|airport|sân bay|chuyến bay|"
    r"hạ cánh)\b"
)
_RIDE = Pattern(
    r"\b(?:arrange|book|send|need|sắp|đặt|cho)\b[^.!?]{0,30}\b(?:\d+[- ]seater|car|van|driver|limo|xe|"
    r"transfer|pick(?:ed)?[- ]?up)\b"
)


def find_service(source: Source) -> tuple[str, Span] | None:
    """Short English name of the service and where it is named, or `None`."""
    ride = _RIDE.search(source.lower) if _ARRIVAL.search(source.lower) else None
    if ride:
        return "airport transfer", Span(*ride.span())
    for name, cue in _SERVICES:
        for match in cue.finditer(source.lower):
            before = source.before(match.start(), 24)
            place = name in {"pool", "gym", "sauna"} and _PLACE_BEFORE.search(before)
            if not place and not _DENIED.search(before) and not _ON_ITS_WAY.match(source.lower, match.end()):
                return name, Span(*match.span())
    return None
