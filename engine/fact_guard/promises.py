"""What an answer commits the hotel to: something free, a refund, a discount, an upgrade, a room that is ready."""

import re

from innkeeper.engine.fact_guard.mentions import Reading
from innkeeper.engine.fact_guard.scanning import LazyPattern, Scan

_PROMISES = {
    "free": LazyPattern(
        r"(?<![\w-])(?:free of (?:any )?(?:extra )?(?:charge|cost)|for free|complimentary|on the house|"
        r"(?:at|with) no (?:extra |additional |further )?(?:charge|cost|fee)|"
        r"no (?:extra |additional )?(?:charge|fee)s?|"
        r"without (?:extra |additional |any )?(?:charge|fee)|"
        r"free (?:upgrade|breakfast|nights?|stay|cancellation|parking|transfer|shuttle|wi-?fi|drinks?|meals?|dinner|"
        r"lunch|late|early|laundry|massage|pick-?up|entry|use)|mien phi|khong (?:tinh|mat|thu)(?: them)? (?:phi|tien)|"
        r"khong phu thu|mien phu thu)(?!\w)",
        needs="free complimentary house no without phi tien thu",
    ),
    "refund": LazyPattern(
        r"(?<![\w-])(?:refund(?:s|ed|able)?|reimburse\w*|money back|hoan (?:lai )?tien|hoan tra|tra lai tien|"
        r"hoan lai)(?!\w)",
        needs="refund reimburse money hoan tra",
    ),
    "discount": LazyPattern(
        r"(?<![\w-])(?:discount\w*|giam gia|chiet khau|giam(?= \d)|khuyen mai)(?!\w)",
        needs="discount giam chiet khuyen",
    ),
    "upgrade": LazyPattern(r"(?<![\w-])(?:upgrad\w+|nang (?:hang|cap))(?!\w)", needs="upgrad nang"),
    "compensation": LazyPattern(
        r"(?<![\w-])(?:compensat\w+|vouchers?|credit notes?|hotel credit|boi thuong|den bu|"
        r"phieu (?:qua|giam|mua))(?!\w)",
        needs="compensat voucher credit boi bu phieu",
    ),
    "ready": LazyPattern(
        r"(?<!\w)(?:(?:is|are) (?:now |already |clean and |inspected and |all )*ready|"
        r"(?:da|hien|hien da) san sang)(?!\w)",
        needs="ready sang",
    ),
    "guarantee": LazyPattern(r"(?<![\w-])(?:guarantee\w*|cam ket)(?!\w)", needs="guarantee ket"),
}
# What sources may say instead.
_IMPLIED = {
    "free": LazyPattern(
        r"(?<![\w-])(?:includ(?:ed|es|ing)|bao gom|da gom|nothing|free|0 ?(?:vnd|d|dong)|waive\w*)(?!\w)"
    ),
    "refund": LazyPattern(r"(?<![\w-])(?:hoan|tra lai|return(?:s|ed)?|given back)(?!\w)"),
    "discount": LazyPattern(r"(?<![\w-])(?:giam(?! doc| sat)|uu dai|reduc\w+|off|below|thap hon|less)(?!\w)"),
    "upgrade": LazyPattern(
        r"(?<![\w-])(?:len hang|higher (?:room|category)|better room|hang (?:phong )?cao hon)(?!\w)"
    ),
    "compensation": LazyPattern(r"(?<![\w-])(?:tang|phieu|gift|credit|boi hoan)(?!\w)"),
    "guarantee": LazyPattern(r"(?<![\w-])(?:bao dam|dam bao|chac chan|confirmed|xac nhan|promise\w*)(?!\w)"),
}
_DENIED = re.compile(
    r"(?:\b(?:not|no|never|cannot|without|non|isn't|aren't|don't|doesn't|won't|can't|neither|nor|khong|chua|chang|"
    r"rather than|instead of|unless)\b(?!,)[^.!?;:\n]{0,30}|\bnon[- ])$"
)
_DENIED_AFTER = re.compile(r"\s(?:(?:is|are|was|will|can|could)\s)?(?:not|never|no longer)\b|\s(?:khong|chua) ")


_SUPPOSED = re.compile(
    r"\b(?:if|when|once|until|whether|after|before|as soon as|neu|khi|den luc|sau khi|truoc khi|co phai)\b"
    r"[^.!?;\n]{0,40}$"
)


def find_promises(scan: Scan) -> None:
    """Promises that are not denied in the same clause; sources imply them more loosely."""
    for concept, pattern in _PROMISES.items():
        for match in scan.matches(pattern):
            if not _is_denied(scan, match, concept):
                scan.add("promise", *match.span(), [Reading("promise", concept)])
    if scan.voice == "document":
        for concept, pattern in _IMPLIED.items():
            if any(True for _ in scan.matches(pattern)):
                scan.add("promise", 0, len(scan.text), [Reading("promise", concept)])


def _is_denied(scan: Scan, match: re.Match[str], concept: str) -> bool:
    before = scan.folded[max(0, match.start() - 50) : match.start()]
    if concept == "ready" and _SUPPOSED.search(before):  # "once it is ready"
        return True
    return bool(_DENIED.search(before) or _DENIED_AFTER.match(scan.folded, match.end()))
