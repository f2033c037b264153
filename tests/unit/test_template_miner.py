"""Lines that one statement wrote have one template id; the id outlives restarts, merges and hostile lines."""

import json
import subprocess
import sys
import time

import pytest

from innkeeper.engine.logs import TemplateMiner
from innkeeper.schemas.errors import InputInvalid


def one_template(*lines: str) -> bool:
    miner = TemplateMiner()
    return len({miner.add(line) for line in lines}) == 1


@pytest.mark.parametrize(
    "lines",
    [
        ("Received block blk_-78 of size 67 from /10.251.39.209", "Received block blk_9 of size 6710 from /10.0.0.1"),
        ("Block kept (size 8.8 KB, free 384.1 KB)", "Block kept (size 1.4 MB, free 96 B)"),
        ("fan speeds ( 3552 3534 3375 )", "fan speeds ( 3552 **** 9 )"),
        ("nodes node-1 0xfe <ok> node-2 0xff <ok>", "nodes node-1 0xfe <ok> node-2 0xff <ok> node-3 0xf0 <ok>"),
        ("range 0x7f->0x80 is gone", "range 0x1->0xffff is gone"),
        ("from ::ffff:10.0.0.1", "from 10.0.0.2"),
        ("now" + " a 1 b 2" * 400, "now" + " a 100 b 20000" * 300),
        ("closed at Sat Jul  9 12:16:49 2005", "closed at Sun Jun 18 02:08:11 2005"),
        ("seen from 207.30.238.8 (host.example.net) at 12:30", "seen from 211.107.232.1 () at 23:42"),
        ("Failed password for invalid user admin from 10.0.0.1", "Failed password for invalid user Lan from 10.0.0.2"),
        ("stations: [hue, hoi an]", "stations: [hue, da nang, ha noi]"),
        ('lock=23, tag="View Lock", ws=null', 'lock=24, tag="launch", ws=Source{10113}'),
        ("BSSID is 5c:50:15:4c:18:13", "BSSID is 64:d9:89:6b:b5:33"),
        ("reply to lan@example.com failed", "reply to minh@example.org failed"),
        ("opened https://example.com/a?b=1", "opened http://10.0.0.1:80/"),
        ("visible = true", "visible = false"),
        ("Mr Nguyen Van An asks for towels", "Mr Tran Minh asks for towels"),
        ("first line\n  at Stack.trace(A.java:1)", "first line\n  at Other.trace(B.java:2)"),
        ("\x1b[31mdisk is full\x1b[0m", "disk is full"),
    ],
)
def test_what_varies_does_not_separate_lines(lines: tuple[str, ...]) -> None:
    assert one_template(*lines)


@pytest.mark.parametrize(
    "lines",
    [
        ("Task t_1 moved from NEW to SCHEDULED", "Task t_1 moved from SCHEDULED to RUNNING"),
        ("[instance: 1] VM Started (Lifecycle Event)", "[instance: 1] VM Paused (Lifecycle Event)"),
        ("cupsd startup succeeded", "klogd startup succeeded"),
        ('10.0.0.1 "GET /v2/a HTTP/1.1" status: 200', '10.0.0.1 "POST /v2/a HTTP/1.1" status: 200'),
        ("failed: java.io.IOException", "failed: java.net.SocketTimeoutException"),
        ("No such file or directory", "No such file"),
    ],
)
def test_words_separate_lines(lines: tuple[str, ...]) -> None:
    assert not one_template(*lines)


def test_a_place_with_many_words_becomes_open_and_the_first_id_stays() -> None:
    miner = TemplateMiner()
    names = [chr(97 + i) * 3 for i in range(20)]
    ids = [miner.add(f"the minibar of {name} was opened") for name in names]
    assert len(set(ids[:11])) == 11
    assert set(ids[11:]) == {ids[0]}
    assert {miner.match(f"the minibar of {name} was opened") for name in [*names, "zzz"]} == {ids[0]}
    assert {miner.template(each) for each in ids} == {"the minibar of <*> was opened"}
    assert len(miner) == 1


def test_a_word_in_place_of_a_number_is_the_same_template() -> None:
    miner = TemplateMiner()
    first = miner.add("cannot change directory to pwd on start")
    assert miner.add("cannot change directory to /home/a on start") == first
    assert miner.add("cannot change directory to home on start") == first
    assert miner.template(first) == "cannot change directory to <*> on start"


def test_matching_learns_nothing() -> None:
    miner = TemplateMiner()
    miner.add("disk 1 is full")
    before = json.dumps(miner.state())
    assert miner.match("never seen before") is None
    assert miner.match("disk 2 is full") is not None
    assert json.dumps(miner.state()) == before
    assert len(miner) == 1


def test_a_stream_goes_on_after_a_restart_with_the_same_ids() -> None:
    stream = [f"line of kind {'abcdefghij'[i % 10] * 2} by user{i % 7} in {i} ms" for i in range(200)]
    stream += [f"the key of {chr(97 + i % 20) * 4} was lost" for i in range(60)]
    unbroken = TemplateMiner()
    expected = [unbroken.add(line) for line in stream]
    for cut in (1, 50, 205, 215):
        before = TemplateMiner()
        ids = [before.add(line) for line in stream[:cut]]
        after = TemplateMiner.from_state(json.loads(json.dumps(before.state())))
        assert ids + [after.add(line) for line in stream[cut:]] == expected
        assert after.state() == unbroken.state()


def test_forgetting_goes_on_alike_after_a_restart() -> None:
    def words(i: int) -> str:
        return " ".join(chr(97 + int(digit)) * 3 for digit in str(i * 7919 % 10_007))

    before = TemplateMiner(max_templates=50)
    for i in range(300):
        before.add(words(i))
        before.add("always here")
    assert before.match("always here") is not None
    assert before.match(words(0)) is None
    after = TemplateMiner.from_state(before.state())
    assert [before.add(words(i)) for i in range(400)] == [after.add(words(i)) for i in range(400)]
    assert len(after) <= 50


def test_ids_are_the_same_in_every_process() -> None:
    script = (
        "from innkeeper.engine.logs import TemplateMiner; m = TemplateMiner();"
        "print([m.add(f'the key of {chr(97 + i) * 3} was lost') for i in range(20)])"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


@pytest.mark.parametrize(
    "line",
    ["", "   ", "\n\n", "\x00\x01", "\ud800 broken", "%s %n {0} ${jndi:ldap://x}", "<*>", "<*> <*>", "=", "…", "“”"],
)
def test_every_line_has_an_id(line: str) -> None:
    miner = TemplateMiner()
    found = miner.add(line)
    assert miner.match(line) == found
    json.dumps(miner.state()).encode()
    assert isinstance(miner.template(found), str)


HOSTILE = [
    "a",
    "0",
    "a ",
    "0 ",
    "a0=",
    "=",
    "'",
    '"x ',
    "a/",
    "a.",
    ".",
    "a:",
    "f:",
    "0-",
    "a@",
    "[a,",
    "(",
    "<*>",
    "{a=",
    "user ",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_megabyte_takes_a_millisecond(unit: str) -> None:
    line = unit * (1_000_000 // len(unit))
    took = []
    for i in range(5):
        miner = TemplateMiner()
        started = time.perf_counter()
        miner.add(f"{i}{line}")
        took.append(time.perf_counter() - started)
    assert min(took) < 0.004  # 1 ms on a quiet machine
    assert len(miner.template(miner.add(line))) <= 500


def test_an_endless_stream_of_new_words_stays_within_its_room() -> None:
    miner = TemplateMiner(max_templates=200)
    for i in range(3_000):
        miner.add(" ".join(chr(97 + int(digit)) for digit in str(i**3)))
    assert len(miner) <= 200


def test_no_secret_reaches_a_template() -> None:
    miner = TemplateMiner()
    for line in (
        "login with password=hunter and token=abcdef",
        "password: opensesame was wrong",
        "Authorization: Bearer abcdefghijkl",
        "mail lan@example.com, call 0901234567",
        "user opensesame is locked",
    ):
        shown = miner.template(miner.add(line))
        assert not any(secret in shown for secret in ("hunter", "abcdef", "opensesame", "lan@", "0901"))


def test_an_unknown_id_is_named() -> None:
    with pytest.raises(InputInvalid, match="'t9'"):
        TemplateMiner().template("t9")


@pytest.mark.parametrize(
    "state", [{}, {"version": 9}, {"version": 1}, {"version": 1, "max_templates": 5, "templates": [{}]}]
)
def test_a_state_that_cannot_be_read_says_so(state: dict[str, object]) -> None:
    with pytest.raises(InputInvalid):
        TemplateMiner.from_state(state)
