"""The synthetic month that detectors are measured with: what it holds, and that its lines are what its counts say."""

from collections import Counter

from evals.logs.month import belongs
from evals.logs.month_lines import opened, run
from evals.logs.synthetic import DAY, KINDS, PER_KIND, World


def test_a_seed_is_one_month_with_five_incidents_of_each_kind_one_after_the_other() -> None:
    world, again = World(0), World(0)
    assert Counter(each.kind for each in world.injected) == dict.fromkeys(KINDS, PER_KIND)
    assert all(one.end < other.start for one, other in zip(world.injected, world.injected[1:], strict=False))
    assert [list(world.minute(at)) for at in range(600, 620)] == [list(again.minute(at)) for at in range(600, 620)]
    assert World(1).injected != world.injected


def test_the_lines_of_a_minute_are_those_that_were_counted() -> None:
    world = World(0)
    rows = list(world.minute(600))
    lines = world.lines(600, rows)
    of_rows = Counter[tuple[str, str]]()
    for row in rows:
        of_rows[row.service, row.level.value] += row.lines
    assert Counter((line.service, line.level.value) for line in lines) == +of_rows
    assert [line.at for line in lines] == sorted(line.at for line in lines)


def test_lines_open_the_incident_that_their_counts_open_in_the_same_sweep() -> None:
    start = 7 * DAY
    one = next(each for each in World(0).injected if each.start > start)
    days = run(0, start, one.start // 5 * 5 + 20, learnt=DAY)
    assert days.lines > 40_000
    assert opened(days.of_lines) == opened(days.of_counts)
    assert [service for minute, service in opened(days.of_lines) if belongs(one, minute, [service])]
