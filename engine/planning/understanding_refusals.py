"""What is never done, whoever asks: read over the whole instruction and its context before anything is planned."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from innkeeper.engine.assistant.asked_text import Language
from innkeeper.engine.injection import find_injections
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_words import refusal
from innkeeper.engine.text import clean, fold
from innkeeper.schemas.access import Role
from innkeeper.schemas.plans import Refusal

_ALL = (
    r"(?:all|every|each|everyone|everybody|the (?:whole|entire|full)|complete|tat ca|toan bo|moi|het|"
    r"ca (?:khach san|danh sach)|"
    r"hang loat|cac)"
)
_PEOPLE = (
    r"(?:guests?|customers?|clients?|visitors?|bookings?|reservations?|arrivals?|"
    r"khach(?: hang| san| luu tru| dang o)?|dat phong)"
)
_DATA = (
    r"(?:phone(?: numbers?)?|numbers?|e ?-?mails?(?: address(?:es)?)?|address(?:es)?|contacts?|contact details|"
    r"names|passports?|"
    r"id cards?|personal (?:data|details|information)|details|data|information|records?|credit cards?|"
    r"card numbers?|birthdays?|"
    r"so dien thoai|sdt|so phone|dien thoai|email|mail|dia chi|thong tin|du lieu|danh sach|ho chieu|cccd|cmnd|"
    r"so the|ho ten)"
)
_GIVE = (
    r"(?:export|dump|download|extract|give|show|list|send|share|print|collect|get|copy|forward|upload|publish|"
    r"xuat|tai|cho|gui|in|lay|liet ke|chia se|trich|tong hop|chuyen|xem)"
)
_BULK = (
    re.compile(rf"\b{_ALL}\b(?:\W+\w+){{0,4}}?\W+{_PEOPLE}(?:'?s?)(?:\W+\w+){{0,3}}?\W+{_DATA}\b"),
    re.compile(rf"\b{_DATA}\W+(?:of|for|from|cua)\W+(?:\w+\W+){{0,2}}?{_ALL}\b(?:\W+\w+){{0,3}}?\W+{_PEOPLE}\b"),
    re.compile(rf"\b{_ALL}\W+(?:\w+\W+){{0,2}}?{_DATA}\W+(?:\w+\W+){{0,4}}?{_PEOPLE}\b"),
    re.compile(
        rf"\b{_GIVE}\b(?:\W+\w+){{0,6}}?\W+(?:guest lists?|(?:guest|customer|booking|mailing) (?:list|database|"
        rf"data)|list of "
        rf"(?:all )?(?:the )?{_PEOPLE}|danh sach (?:tat ca |toan bo )?(?:cac )?khach(?: hang)?|co so du lieu khach)\b"
    ),
    re.compile(rf"\b(?:everyone|everybody)'s\W+(?:\w+\W+){{0,2}}?{_DATA}\b"),
    re.compile(rf"\b(?:database|export|dump|xuat)\b(?:\W+\w+){{0,6}}?\W+(?:guests|customers|khach|bookings|{_DATA})\b"),
    re.compile(
        r"\b(?:guests|customers)'? (?:phone numbers?|e ?-?mails|email addresses|personal|contact|passports?|"
        r"credit card)"
    ),
    re.compile(
        r"\b(?:so dien thoai|email|thong tin|so ho chieu) (?:ca nhan )?cua (?:cac|nhung|moi|tat ca|toan bo) khach\b"
    ),
)
_SEND = (
    r"(?:e-?mail|mail|message|text|send|write|whatsapp|notify|tell|inform|wake|gui|nhan|bao|thong bao|zalo|"
    r"viet|danh thuc)"
)
_CHANGE = (
    r"(?:cancel|delete|remove|refund|charge|check out|check in|move|wipe|clear|void|erase|apologi[sz]e to|upgrade|"
    r"huy|xoa|hoan tien|"
    r"thu tien|tra phong|doi)"
)
_EVERYBODY = (
    rf"(?:{_ALL}\W+(?:(?:the|of|our|other|in house|current|checked in|past|future|nhung|"
    rf"cac)\W+){{0,3}}?(?:\w+(?:'s)?\W+)?{_PEOPLE}|"
    r"everyone|everybody|moi nguoi|all of them)"
)
_MASS = (
    re.compile(rf"\b{_CHANGE}\b(?:\W+\w+){{0,5}}?\W+{_EVERYBODY}\b(?!\W+(?:in|of|room|phong)\W+\w*\d)"),
    re.compile(
        rf"\b{_SEND}\b(?:\W+(?!housekeeping|maintenance|reception|security|le|buong|bao)\w+){{0,8}}?\W+{_EVERYBODY}\b"
    ),
    re.compile(r"\b(?:mass|bulk|blast)[ -](?:e-?mail|mail|messag|cancel)\w*"),
    re.compile(r"\b(?:cancel|delete|wipe|huy|xoa)\W+(?:all|every|everything|tat ca|toan bo|het|sach)\b"),
    re.compile(
        r"\bcheck\W+(?:everyone|everybody|all(?:\W+\w+){0,3}?\W+guests)\b(?:\W+\w+){0,5}?\W+(?:in|out)\b(?!\W+the)"
    ),
    re.compile(r"\bmark\W+(?:all|every)\b(?:\W+\w+){0,2}?\W+rooms?\b(?!\W+(?:\w+\W+){0,2}\d)"),
    re.compile(r"\b(?:danh dau|chuyen|cap nhat)\W+(?:tat ca|toan bo)\W+(?:cac )?phong\b"),
)
_COMMAND = (
    re.compile(
        r"(?:\brm\s+-\w*[rf]|\bsudo\b|\b(?:drop|truncate|alter)\s+(?:table|database|schema)\b|\bdelete\s+from\b|"
        r"\bselect\s+[\w*, ]+"
        r"\s+from\s+\w+|\binsert\s+into\b|\bupdate\s+\w+\s+set\b|\bcurl\s+\S*(?:https?:|\|)|\bwget\b|\bchmod\b|"
        r"\bbash\s+-c|"
        r"\bpowershell\b|\bos\.system\b|/bin/(?:ba)?sh|\bkubectl\b|\bdocker\s+(?:run|exec|rm|stop)|\bsystemctl\b|"
        r"\bkill\s+-9|"
        r"\bshutdown\b|\bunion\s+select\b|;\s*--|\bpython\s+-c\b|\bssh\s+\S+@)"
    ),
    re.compile(
        r"\b(?:run|execute|chay|thuc thi|thuc hien)\b(?:\W+\w+){0,4}?\W+(?:shell|sql|bash|terminal|command line|"
        r"commands?|query on|"
        r"script|queries|lenh(?! bao tri)|cau lenh|truy van)\b"
    ),
    re.compile(
        r"\b(?:restart|reboot|shut down|stop|kill|khoi dong lai|tat)\b(?:\W+\w+){0,3}?\W+(?:server|"
        r"database|service|system|may chu|he thong)\b"
    ),
)
_ACCESS = (
    re.compile(
        r"\b(?:change|reset|set|give|send|show|tell|share|create|doi|dat lai|cho|gui|cap|lay|"
        r"xem)\b(?:\W+\w+){0,4}?\W+"
        r"(?:password|passwords|passcode|api keys?|credentials?|login|admin rights?|user accounts?|"
        r"pin code|mat khau|"
        r"tai khoan admin|quyen admin|quyen quan tri)\b"
    ),
    re.compile(
        r"\b(?:unlock|open)\W+(?:up\W+)?(?:the\W+|room\W+|his\W+|her\W+|guest's\W+|\w*\d\w*(?:'s)?\W+|"
        r"my\W+|a\W+)*(?:door|doors|lock|safe)\b"
        r"(?!\W+(?:is|are|was))"
    ),
    re.compile(
        r"\b(?:mo khoa(?! hoc)|mo (?:giup |gium |ho )?(?:cua (?:phong|so|cho|can|\w*\d)|ket sat|"
        r"ket))\b(?!\W+(?:bi|hong|hu|khong duoc|may gio))"
    ),
    re.compile(
        r"\b(?:make|issue|give|cut|program|lam|cap|dua|tao)\b(?:\W+\w+){0,3}?\W+(?:master key|another key|"
        r"a key|spare key|"
        r"duplicate key|the key|chia khoa|the phong|the tu)\b(?:\W+\w+){0,3}?\W+(?:for|to|of|cho|cua)\b"
    ),
    re.compile(r"\bunlock(?:ing)?\b"),
)
_NOT_DONE = re.compile(
    r"(?:\b(?:do not|don't|dont|never|not|without|no need to|dung|khong|chua|cam|khong duoc|asks? (?:us )?to|"
    r"asked (?:us )?to|"
    r"wants? (?:us )?to|wanted (?:us )?to|would like to|how to|how do (?:i|we)|can(?:'t|not)|unable to|"
    r"policy (?:for|on|about)|muon|"
    r"doi|xin|doi hoi|yeu cau|cach|quy dinh|chinh sach|khach)\W+(?:\w+\W+){0,2})$"
)
_WIFI = re.compile(r"wi ?-?fi")  # its password is no secret, but nobody changes it from here
_GIVES = re.compile(r"(?:give|send|show|tell|share|cho|gui|cap|lay|xem)\b")
_OTHERS = re.compile(
    r"\b(?:who (?:is|are|stays|lives|booked|was)(?: \w+){0,3} in|(?:guest|person|people|name|phone|number|email|"
    r"address|booking|details|"
    r"bill) (?:\w+ ){0,3}?(?:in|of|from|for) (?:room|the (?:next|other) room)|other guests?|another guest|"
    r"(?:guests?|people|person) (?:in|of|from|next to) (?:room )?[a-z]?\d{2,4}|khach (?:o |"
    r"cua )?(?:phong )?[a-z]?\d{2,4}|"
    r"(?:phone|number|email|address|name) (?:\w+ ){0,2}?of (?:the )?(?:guest|person|people)|"
    r"someone else|neighbou?r|"
    r"khach (?:khac|phong ben|o phong)|phong ben canh|ai (?:dang )?o phong|nguoi khac|so dien thoai (?:cua )?khach)\b"
)
_OVERRIDES = (
    re.compile(
        r"\b(?:ignore|forget|disregard|bypass|override|skip)\W+(?:\w+\W+){0,3}?(?:rules?|instructions?|polic(?:y|ies)|"
        r"restrictions?|approvals?|permissions?|safeguards?|limits)\b"
    ),
    re.compile(
        r"\b(?:bo qua|phot lo|quen|khong can theo)\W+(?:\w+\W+){0,3}?(?:quy tac|quy dinh|huong dan truoc|chi dan|"
        r"phe duyet|phan quyen|gioi han)\b"
    ),
    re.compile(r"\byou are now\b|\bact as (?:an? )?(?:admin|root|developer)|\b(?:admin|developer|god) mode\b"),
)
_RULES = (
    ("injection", "prompt_injection", _OVERRIDES, True),
    ("command", "not_in_registry", _COMMAND, False),
    ("bulk_personal_data", "bulk_personal_data", _BULK, True),
    ("mass_action", "mass_action", _MASS, True),
    ("access", "not_in_registry", _ACCESS, True),
)
_EACH = re.compile(r"\beach\b")
_NUMBERED = re.compile(r"\b[\w-]*\d{2}[\w-]*(?:\s*(?:,|and|&|va)\s*)[\w-]*\d{2}[\w-]*")
# How words of the patterns are spelt; with other accents they are other words.
_SPELT = {
    "moi": {"mọi"}, "lenh": {"lệnh"}, "het": {"hết"}, "cac": {"các"}, "ca": {"cả"}, "huy": {"hủy", "huỷ"},
    "xoa": {"xóa", "xoá"}, "doi": {"đổi"}, "cap": {"cấp"}, "tat": {"tắt", "tất"}, "tai": {"tải", "tài", "tại"},
    "lay": {"lấy"}, "chay": {"chạy"}, "mo": {"mở"}, "dua": {"đưa"}, "cua": {"cửa", "của"}, "the": {"thẻ", "thể"},
    "khoa": {"khóa", "khoá"}, "bao": {"báo", "bảo", "bão"}, "nhan": {"nhắn", "nhận"}, "xuat": {"xuất"},
    "quen": {"quên"}, "toan": {"toàn", "toán"}, "khach": {"khách"}, "gui": {"gửi", "gởi"},
}  # fmt: skip
# Verbs that begin a clause and that no action does.
_BARRED = {
    "x_cancel": "cancel",
    "x_refund": "cancel",
    "x_change_booking": "cancel",
    "x_prices": "prices",
    "x_other": "not_here",
}


def refused(text: str, context: Mapping[str, Any], role: Role, language: Language) -> Refusal | None:
    """
    Why nothing of an instruction is done, or none.

    Args:
        text: The whole instruction.
        context: What came with it; its texts may hold orders to a model as well.
        role: Of whoever asks: a guest may not ask for others.
        language: Of the reason.
    """
    if any(find_injections(each) for each in (text, *_texts(context))):
        return refusal("injection", "prompt_injection", language)
    text = clean(text)
    folded = fold(text)
    for key, code, patterns, may_be_told in _RULES:
        if any(
            _is_meant(folded, match, told=may_be_told) and not _is_other(text, folded, match)
            for pattern in patterns
            for match in pattern.finditer(folded)
        ):
            return refusal(key, code, language)
    if role is Role.GUEST and _OTHERS.search(folded):
        return refusal("others_data", "not_allowed", language)
    return None


def barred(clauses: Iterable[Clause], language: Language) -> Refusal | None:
    """A clause that asks for something that no action does."""
    for clause in clauses:
        if "mark" in clause.verbs and clause.has("clean", "dirty", "inspected", "out_of_order", "occupied", "status"):
            continue  # "chuyển phòng 204 sang bẩn"
        keys = [_BARRED[cue.label] for cue in clause.cues if cue.first == clause.verb_at and cue.label in _BARRED]
        if keys and not clause.forbids and not clause.is_question and not clause.has("knowledge"):
            return refusal(keys[0], "not_in_registry", language)
    return None


def _is_meant(folded: str, match: re.Match[str], *, told: bool) -> bool:
    """Whether it is an order: neither forbidden by its own sentence nor what somebody else wants."""
    if _GIVES.match(folded, match.start()) and _WIFI.search(folded, match.start(), min(len(folded), match.end() + 12)):
        return False
    return not (told and _NOT_DONE.search(folded, max(0, match.start() - 40), match.start()))


def _is_other(text: str, folded: str, match: re.Match[str]) -> bool:
    """
    Whether the accents make it other words, or "each" is said of what is named: "chảy lênh láng" runs no command
    ("lệnh"), and "for TM-1 and TM-2: send each the confirmation" is no mass mailing.
    """
    if _EACH.search(match.group()) and _NUMBERED.search(folded, max(0, match.start() - 80), match.end()):
        return True
    if len(text) != len(folded):
        return False
    for word in re.finditer(r"\w+", match.group()):
        first, last = match.start() + word.start(), match.start() + word.end()
        spelt = text[first:last].lower()
        if not spelt.isascii() and word.group() in _SPELT and spelt not in _SPELT[word.group()]:
            return True
    return False


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value[:4_000]
    elif isinstance(value, Mapping) and depth < 4:
        for name, each in value.items():
            yield str(name)[:200]
            yield from _texts(each, depth + 1)
    elif isinstance(value, list | tuple) and depth < 4:
        for each in value[:100]:
            yield from _texts(each, depth + 1)
