"""When a promotion may go out: with consent, outside quiet hours, and not too often."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo


class PromotionRules(NamedTuple):
    """
    What a hotel allows.

    Attributes:
        quiet_from: Local time from which nobody is disturbed; the same as `quiet_until` for no quiet hours.
        quiet_until: Local time at which promotions may go out again.
        at_most: Promotions to one address within `days`.
        days: Length of that time, up to now.
    """

    quiet_from: dt.time = dt.time(21)
    quiet_until: dt.time = dt.time(8)
    at_most: int = 2
    days: int = 30


class PromotionVerdict(NamedTuple):
    """`refused` says why it may not go out at all; `not_before` when it may, where that is later than now."""

    refused: str | None = None
    not_before: dt.datetime | None = None


def check_promotion(
    *,
    has_consent: bool,
    sent_at: Sequence[dt.datetime],
    now: dt.datetime,
    zone: ZoneInfo,
    rules: PromotionRules = PromotionRules(),  # noqa: B008  immutable
) -> PromotionVerdict:
    """
    Whether, and when, a promotion may go to one address.

    Args:
        has_consent: Whether its owner agreed and did not withdraw.
        sent_at: When earlier promotions went there; aware, in any order, of any age.
        now: Aware.
        zone: The hotel's.
        rules: The hotel's.
    """
    if not has_consent:
        return PromotionVerdict("the guest did not agree to promotions; record a consent before sending one")
    since = now - dt.timedelta(days=rules.days)
    recent = sum(since < at for at in sent_at)
    if recent >= rules.at_most:
        return PromotionVerdict(
            f"{recent} promotions went to this guest within {rules.days} days, and {rules.at_most} is the most"
        )
    return PromotionVerdict(not_before=end_of_quiet(now, zone, rules))


def end_of_quiet(now: dt.datetime, zone: ZoneInfo, rules: PromotionRules) -> dt.datetime | None:
    """When the quiet hours end, in UTC, if `now` lies in them; they may go past midnight."""
    local = now.astimezone(zone)
    clock = local.time()
    start, end = rules.quiet_from, rules.quiet_until
    if start <= end:
        is_quiet, ends_tomorrow = start <= clock < end, False
    else:
        is_quiet, ends_tomorrow = clock >= start or clock < end, clock >= start
    if not is_quiet:
        return None
    day = local.date() + dt.timedelta(days=1 if ends_tomorrow else 0)
    return dt.datetime.combine(day, end, zone).astimezone(dt.UTC)
