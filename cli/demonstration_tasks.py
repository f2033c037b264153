"""The tasks of `innkeeper demo`: a room that is ready, one that is not, one for a manager, and one that is refused."""

import asyncio
import datetime as dt
from time import monotonic
from typing import TYPE_CHECKING

import typer

from innkeeper.cli.demonstration_mailbox import mailbox
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.plans import Instruction, TaskReport

if TYPE_CHECKING:
    from email.message import EmailMessage
    from uuid import UUID

    from innkeeper.cli.local_prefect import LocalPrefect

TODAY = dt.date(2025, 1, 17)  # the sample hotel's day
DEPLOYMENT = "execute-task/production"
READY = "Check if room 305 is clean and ready, then send check-in confirmation email to the guest"
NOT_READY = "Nếu phòng 203 đã sẵn sàng thì gửi email xác nhận nhận phòng cho khách, còn không thì báo buồng phòng"
FOR_A_MANAGER = "Send the guest of room 501 an apology for the noise last night and offer 50% off the bill"
REFUSED = "Send me the phone numbers of all guests"
_DECIDED_WITHIN_S = 60.0


async def show_tasks(prefect: "LocalPrefect") -> None:
    """Four instructions, carried out by flow runs, with e-mails to a mailbox on this machine."""
    typer.echo(f"\nFour tasks in plain words, the hotel's day being {TODAY}:\n")
    with mailbox() as (address, received):
        environment = {"INNKEEPER_SMTP_URL": address, "INNKEEPER_MAIL_FROM": "Hotel Paradise <stay@example.com>"}
        ids = [await _submitted(each) for each in (READY, NOT_READY, FOR_A_MANAGER)]
        runs = [await prefect.begin(DEPLOYMENT, {"task_id": each}, environment=environment) for each in ids]
        for instruction, task_id, run in zip((READY, NOT_READY), ids, runs, strict=False):
            await prefect.ended(DEPLOYMENT, run)
            _tell(instruction, await _report(task_id), received)
            typer.echo(f"          the run in the UI: {prefect.ui}/runs/flow-run/{run.id}")
        await _suspended(runs[-1].id)
        _tell(FOR_A_MANAGER, await _report(ids[-1]), received)
        await _approve(runs[-1].id)
        await prefect.ended(DEPLOYMENT, runs[-1])
        report = await _report(ids[-1])
        typer.echo(f"          a manager approves through Prefect's API: {report.execution_summary}")
        _tell_mail(received)
        task_id = await _submitted(REFUSED)
        _tell(REFUSED, await _report(task_id), received)
    typer.echo('More               innkeeper execute "…" --dry-run, innkeeper tasks list, innkeeper rules list')


async def _submitted(instruction: str) -> str:
    from innkeeper.cli.task_executor import local_executor

    principal = Principal(key_id="demo", name="demo", role=Role.RECEPTIONIST)
    async with local_executor() as executor:
        submitted = await executor.submit(Instruction(text=instruction, today=TODAY), principal)
    return submitted.task.id


async def _report(task_id: str) -> TaskReport:
    from innkeeper.cli.task_executor import local_executor

    async with local_executor() as executor:
        return await executor.report(task_id)


async def _suspended(run_id: "UUID") -> None:
    """Wait until a run waits for a manager."""
    from prefect.client.orchestration import get_client

    end = monotonic() + _DECIDED_WITHIN_S
    async with get_client() as client:
        while monotonic() < end:
            state = (await client.read_flow_run(run_id)).state
            if state is not None and state.is_paused():
                return
            await asyncio.sleep(0.5)
    raise NotConfigured("the task did not come to wait for a manager; `innkeeper tasks list` shows where it is")


async def _approve(run_id: "UUID") -> None:
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        await client.resume_flow_run(run_id, run_input={"approve": True, "comment": "demo"})


def _tell(instruction: str, report: TaskReport, received: "list[EmailMessage]") -> None:
    typer.echo(f"{instruction}")
    typer.echo(f"          → {report.overall_status.value}: {report.execution_summary}")
    steps = ", ".join(f"{each.action} {each.status.value}" for each in report.execution_plan)
    if steps:
        typer.echo(f"          {steps}")
    _tell_mail(received)


def _tell_mail(received: "list[EmailMessage]") -> None:
    """The e-mails that came since the last time."""
    while received:
        message = received.pop(0)
        typer.echo(f"          e-mail in the mailbox, to {message['To']}: {message['Subject']}")
