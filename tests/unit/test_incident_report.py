"""The report on an incident: complete, in both languages, and its log text stays text."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.unit.incident_cases import START, finding, opened

from innkeeper.engine.incidents.advice import advised
from innkeeper.engine.incidents.impact import HotelFigures
from innkeeper.engine.incidents.reporting import Counts, report_of
from innkeeper.engine.incidents.runbooks import load_runbooks
from innkeeper.engine.incidents.services import load_services
from innkeeper.engine.incidents.sparkline import BLOCKS, sparkline
from innkeeper.engine.incidents.transitions import resolve
from innkeeper.schemas.incidents import Incident
from innkeeper.schemas.logs import Culprit
from innkeeper.templates.incidents import render_report
from innkeeper.templates.incidents.escaping import code, escaped

SERVICES = load_services()
READER = MarkdownIt("commonmark", {"html": True}).enable("table")
COUNTS = Counts([0, 0, 1, 3, 2, 30], START, dt.timedelta(minutes=1))


def known(incident: Incident) -> Incident:
    incident = advised(incident, SERVICES, load_runbooks(), HotelFigures(staff_on_shift=15))
    culprit = Culprit(service="cv", share=0.7, reasons=("new_templates=3",))
    return incident.model_copy(update={"id": "INC-2026-001", "culprits": (culprit,)})


def shown(html: str) -> str:
    """Text as a reader sees it."""
    plain = re.sub(r"<[^>]*>", "", html)
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(entity, char)
    return plain


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["# INC-2026-001: Error spike in CV", "| Severity | High |", "`▁▁▂▂▂█` (highest: 30)", "about 15",
                "| Lines | 0 | 0 | 1 | 3 | 2 | 30 |", "needs approval", "Opened"]),
        ("vi", ["# INC-2026-001: Lỗi tăng đột biến", "| Mức độ | Cao |", "`▁▁▂▂▂█` (cao nhất: 30)", "khoảng 15",
                "| Số dòng | 0 | 0 | 1 | 3 | 2 | 30 |", "cần được duyệt", "Mới mở"]),
    ],
)  # fmt: skip
def test_a_report_has_numbers_chart_causes_actions_impact_and_timeline(language: str, told: list[str]) -> None:
    report = report_of(known(opened(finding())), "vi" if language == "vi" else "en", services=SERVICES, counts=COUNTS)
    text = render_report(report)
    assert [each for each in told if each not in text] == []
    html = READER.render(text)
    assert html.count("<table>") == 4
    assert "<pre><code>kubectl rollout restart deployment/cv-service\n" in html
    assert "<em>" not in html


def test_a_report_without_chart_culprits_and_impact_is_still_one() -> None:
    bare = opened(finding(service="x", template=None, components=()))
    text = render_report(report_of(bare, "en"))
    assert "Lines over time" not in text
    assert "No runbook fits." in text
    assert "Expected" in text
    done = resolve(bare, "quiet", START + dt.timedelta(hours=3))
    assert "Resolved by itself: nothing was found any more" in render_report(report_of(done, "en"))


HOSTILE = [
    "**bold** _it_ ~~x~~ `code` ``` fence",
    "<script>alert(1)</script><img src=x onerror=y> <!-- c -->",
    "[click](https://evil.example) ![x](http://evil.example/x.png)",
    "<!channel> @here @everyone <https://evil.example|ok>",
    "| a | b |\n|---|---|\n# heading\n- item\n1. item\n> quote",
    "https://evil.example www.evil.example javascript:alert(1)",
    "\x1b[31mred\x1b[0m\u202e\u200b &lt;b&gt; \\",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_log_text_in_a_report_has_no_effect(text: str) -> None:
    incident = known(opened(finding(service=text[:80], template=text, components=(text[:40],))))
    for language in ("en", "vi"):
        markdown = render_report(report_of(incident, "vi" if language == "vi" else "en", counts=COUNTS))
        html = READER.render(markdown)
        tags = set(re.findall(r"<([a-z0-9]+)", html))
        assert tags <= {
            "h1",
            "h2",
            "p",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "code",
            "pre",
            "ul",
            "ol",
            "li",
            "strong",
        }
        assert html.count("<h1>") == 1
        assert not re.search(r"://(?!cam-)|@|<!|\bwww\.", markdown.replace("&#64;", ""))


@given(st.text(max_size=120))
def test_an_escaped_text_is_shown_as_it_is(text: str) -> None:
    html = READER.render(f"x {escaped(text)} x")
    (paragraph,) = re.findall(r"\A<p>(.*)</p>\n\Z", html, re.DOTALL)
    assert "<" not in paragraph
    kept = "".join(char for char in text if char.isprintable() or char.isspace())
    assert " ".join(shown(html).split())[:2] == "x "
    if kept.isascii():
        assert " ".join(shown(html).split()) == " ".join(f"x {kept} x".split())


@given(st.text(max_size=80))
def test_code_never_ends_early(text: str) -> None:
    html = READER.render(f"| a | b |\n|---|---|\n| {code(text)} | end |")
    assert html.count("<td>") == 2
    assert "<td>end</td>" in html


def test_a_sparkline_keeps_its_spike_however_many_counts_there_are() -> None:
    assert sparkline([0, 1, 100]) == "▁▂█"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([float("nan"), -1, 5]) == "▁▁█"
    long = sparkline([1] * 999 + [50])
    assert len(long) <= 60
    assert long.endswith(BLOCKS[-1])
