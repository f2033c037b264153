"""Log files as a sweep meets them: growing, rotated, compressed, broken. Every line once."""

import asyncio
import gzip
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite

from innkeeper.blocks.log_sources.base import Batch
from innkeeper.blocks.log_sources.files import LogFiles
from innkeeper.blocks.log_sources.files_names import service_of
from innkeeper.engine.logs.parsing import parse_lines

LONG_AGO_S = 3_600


class Sweep:
    """Reads again and again, keeping its place as a sweep does: as JSON."""

    def __init__(self, path: Path | str, **more: Any) -> None:
        self.source = LogFiles(name="files", path=str(path), **more)
        self.stored: str | None = None
        self.problems: list[str] = []

    async def batch(self, max_lines: int = 1_000) -> Batch:
        cursor = None if self.stored is None else json.loads(self.stored)
        return await self.source.read(cursor, parse=parse_lines, max_lines=max_lines)

    async def read(self, max_lines: int = 1_000) -> list[str]:
        batch = await self.batch(max_lines)
        self.stored, self.problems = json.dumps(batch.cursor), batch.problems
        return [line.message for line in batch.lines]

    async def read_all(self, max_lines: int) -> list[str]:
        found: list[str] = []
        while True:
            batch = await self.batch(max_lines)
            self.stored = json.dumps(batch.cursor)
            found += [line.message for line in batch.lines]
            if not batch.more:
                return found


def write(path: Path, *lines: str, end: str = "\n") -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines[:-1]) + lines[-1] + end)


def numbered(start: int, stop: int) -> list[str]:
    return [f"line {number:05}" for number in range(start, stop)]


class TestBlock(BlockStandardTestSuite):
    @pytest.fixture
    def block(self) -> type[LogFiles]:
        return LogFiles

    def test_has_a_valid_image(self, block: type[LogFiles]) -> None:
        assert block._logo_url is None  # it would be fetched from somebody else's server


async def test_what_is_appended_is_read_once(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, "a", "b")
    assert await sweep.read() == ["a", "b"]
    assert await sweep.read() == []
    write(file, "c")
    assert await sweep.read() == ["c"]


async def test_reading_again_from_a_cursor_gives_the_same_lines_and_newer_ones(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, "a")
    await sweep.read()
    write(file, "2026-11-17 08:30:00 b")
    once = await sweep.batch()
    write(file, "c")
    again = await sweep.batch()
    assert again.lines[:1] == once.lines
    assert [line.message for line in again.lines] == ["b", "c"]


async def test_a_rename_and_a_new_file_lose_and_repeat_nothing(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, *numbered(0, 100))
    assert await sweep.read() == numbered(0, 100)
    write(file, *numbered(100, 110))
    file.rename(tmp_path / "pms.log.1")
    write(file, *numbered(110, 120))
    assert await sweep.read() == numbered(100, 120)
    (tmp_path / "pms.log.1").rename(tmp_path / "pms.log.2")
    file.rename(tmp_path / "pms.log.1")
    write(file, "new")
    assert await sweep.read() == ["new"]


@pytest.mark.parametrize("already", [1, 50, 500])
async def test_a_copy_and_a_truncation_lose_and_repeat_nothing(tmp_path: Path, already: int) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, *numbered(0, already))
    assert await sweep.read() == numbered(0, already)
    write(file, *numbered(already, already + 10))
    shutil.copyfile(file, tmp_path / "pms.log.1")
    os.truncate(file, 0)
    write(file, *numbered(2_000, 2_000 + 2 * already))
    assert sorted(await sweep.read(5_000)) == numbered(already, already + 10) + numbered(2_000, 2_000 + 2 * already)
    write(file, "more")
    assert await sweep.read() == ["more"]


async def test_a_copy_that_is_still_beside_its_original_is_not_read_twice(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, *numbered(0, 200))
    await sweep.read()
    shutil.copyfile(file, tmp_path / "pms.log.1")
    assert await sweep.read() == []
    write(file, "a")
    assert await sweep.read() == ["a"]
    assert await sweep.read() == []


async def test_a_truncated_file_with_the_same_banner_begins_anew(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    banner = numbered(0, 120)  # more than the bytes by which a file is known
    write(file, *banner, *numbered(500, 600))
    await sweep.read()
    os.truncate(file, 0)
    write(file, *banner, "after the restart")
    assert await sweep.read() == [*banner, "after the restart"]


async def test_a_compressed_rotated_file_is_not_read_twice(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, *numbered(0, 500))
    await sweep.read()
    write(file, *numbered(500, 510))
    (tmp_path / "pms.log.1.gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    write(file, "new")
    assert sorted(await sweep.read()) == [*numbered(500, 510), "new"]
    assert await sweep.read() == []


async def test_an_old_compressed_file_is_read_in_batches_and_once(tmp_path: Path) -> None:
    (tmp_path / "pms.log.2.gz").write_bytes(gzip.compress("\n".join(numbered(0, 1_000)).encode()))
    sweep = Sweep(tmp_path)
    assert await sweep.read_all(300) == numbered(0, 1_000)
    assert await sweep.read() == []
    assert sweep.problems == []


async def test_a_compressed_file_that_is_still_being_written_is_read_on(tmp_path: Path) -> None:
    whole = gzip.compress(os.urandom(60_000).hex().encode() + b"\nlast\n")
    file, sweep = tmp_path / "pms.log.gz", Sweep(tmp_path)
    file.write_bytes(whole[: len(whole) // 2])
    await sweep.read()
    assert "no whole gzip" in sweep.problems[0]
    file.write_bytes(whole)
    assert (await sweep.read())[-1] == "last"
    assert sweep.problems == []
    assert await sweep.read() == []


async def test_a_last_line_without_a_line_break_waits_for_its_rest(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, "a", "half of", end="")
    assert await sweep.read() == ["a"]
    write(file, " a line", "b")
    assert await sweep.read() == ["half of a line", "b"]


async def test_a_last_line_that_nobody_finishes_is_taken(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, "a", "left alone", end="")
    assert await sweep.read() == ["a"]
    os.utime(file, (time.time() - LONG_AGO_S,) * 2)
    assert await sweep.read() == ["left alone"]
    assert await sweep.read() == []


async def test_a_last_line_of_a_rotated_file_is_taken(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, "a", "cut off", end="")
    assert await sweep.read() == ["a"]
    file.rename(tmp_path / "pms.log.1")
    assert await sweep.read() == ["cut off"]


async def test_a_stack_trace_is_not_cut_by_the_end_of_a_batch(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, "ERROR a", "\tat b", "\tat c", "INFO d")
    assert await sweep.read(1) == ["a\n\tat b\n\tat c"]
    assert await sweep.read(1) == ["d"]


@pytest.mark.parametrize("max_lines", [1, 7, 1_000])
async def test_batches_of_any_size_give_the_same_lines(tmp_path: Path, max_lines: int) -> None:
    write(tmp_path / "a.log", *numbered(0, 60))
    write(tmp_path / "b.log", *numbered(60, 100))
    assert sorted(await Sweep(tmp_path).read_all(max_lines)) == numbered(0, 100)


async def test_a_line_of_megabytes_is_cut_and_the_next_one_is_whole(tmp_path: Path) -> None:
    write(tmp_path / "pms.log", "a", "x" * 5_000_000, "b")
    first, cut, last = await Sweep(tmp_path).read()
    assert (first, last) == ("a", "b")
    assert len(cut) < 70_000
    assert "[cut:" in cut


async def test_deleted_files_are_no_problem(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, "a")
    await sweep.read()
    file.unlink()
    assert await sweep.read() == []
    assert sweep.problems == []


async def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "good.log", "a")
    (tmp_path / "binary.log").write_bytes(b"\x7fELF\0\0\0")
    (tmp_path / "old.log.xz").write_bytes(b"\xfd7zXZ\0")
    (tmp_path / "broken.log.gz").write_bytes(b"\x1f\x8bnothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "circle").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "pipe")
    sweep = Sweep(tmp_path)
    assert await sweep.read() == ["a"]
    named = {Path(each.split(": ")[0]).name for each in sweep.problems}
    assert named == {"binary.log", "old.log.xz", "broken.log.gz", "loop", "pipe"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "pms.log", "a")
    (tmp_path / "pms.log").chmod(0)
    sweep = Sweep(tmp_path)
    assert await sweep.read() == []
    assert "Permission denied" in sweep.problems[0]


async def test_a_path_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path / "none.log")
    assert await sweep.read() == []
    assert "there is no such file" in sweep.problems[0]


async def test_a_pattern_takes_its_files_only(tmp_path: Path) -> None:
    write(tmp_path / "a.log", "a")
    write(tmp_path / "b.txt", "b")
    assert await Sweep(tmp_path / "*.log").read() == ["a"]


async def test_a_link_and_its_file_are_one(tmp_path: Path) -> None:
    write(tmp_path / "pms.log", "a")
    (tmp_path / "current.log").symlink_to(tmp_path / "pms.log")
    assert await Sweep(tmp_path).read() == ["a"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
async def test_a_link_leads_nowhere_that_its_maker_could_not_read(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "logs"
    folder.mkdir()
    write(secret, "a secret")
    (folder / "pms.log").symlink_to(secret)
    os.lchown(folder / "pms.log", 12_345, 12_345)
    sweep = Sweep(folder)
    assert await sweep.read() == []
    assert "is a link by somebody" in sweep.problems[0]


async def test_two_services_that_begin_alike_are_two(tmp_path: Path) -> None:
    for name in ("doors", "lifts"):
        write(tmp_path / f"{name}.log", "starting")
    batch = await Sweep(tmp_path).batch()
    assert sorted(line.service for line in batch.lines) == ["doors", "lifts"]


async def test_lines_without_a_time_are_as_old_as_the_line_before_them_in_an_earlier_batch(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path)
    write(file, "2026-11-17T08:30:00Z a")
    await sweep.read()
    write(file, "b")
    (line,) = (await sweep.batch()).lines
    assert line.at == 1_794_904_200.0


WRITER = """
import itertools, sys
with open(sys.argv[1], "a", buffering=1) as file:
    for number in itertools.count():
        file.write(f"line {number:05}\\n")
        if number == 50_000:
            print("half", flush=True)
"""


async def test_a_writer_that_is_killed_while_it_is_read_loses_nothing_that_it_wrote(tmp_path: Path) -> None:
    file, sweep = tmp_path / "pms.log", Sweep(tmp_path, last_line_wait_s=0)
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(file), stdout=subprocess.PIPE)
    assert writer.stdout
    await writer.stdout.readline()
    found = await sweep.read(20_000)
    writer.kill()
    await writer.wait()
    found += await sweep.read_all(20_000)
    written = file.read_text().splitlines()
    assert len(written) > 50_000
    assert found == written


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/var/log/payments.log.2.gz", "payments"),
        ("/var/log/Door-Lock-2026-11-17.jsonl", "door-lock"),
        ("/var/log/syslog", "syslog"),
        ("/data/booking/2026-11-17_08_50.jsonl.gz", "booking"),
        ("/var/log/containers/cv-7d9f_hotel_face-recognition-" + "a" * 64 + ".log", "face-recognition"),
        ("/var/log/pods/hotel_cv_1/face/0.log", "face"),
    ],
)
def test_a_files_name_tells_its_service(path: str, service: str) -> None:
    assert service_of(path) == service


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        LogFiles(name="files", path="/var/log", time_zone="Saigon/Centre")
