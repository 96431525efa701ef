"""`nexus-portal audit`: whether the audit log is as it was written, and taking it away."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nexus_portal.adapters import db
from nexus_portal.cli.terminal import AsJson, Exit, complain, out, refuse, write_json
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.hashchain import canonical
from nexus_portal.services import audit, audit_checks, audit_list
from nexus_portal.services.audit import ChainReport
from nexus_portal.services.audit_list import Wanted
from nexus_portal.services.use_case import perform

app = typer.Typer(help="The audit log.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The audit log."""


@app.command()
def verify(
    chain: Annotated[str, typer.Option(help="One chain: an account's id, or `installation`.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Walk every chain from its first entry and name the first broken one. Exit code 1: one is broken."""
    reports = [report for report in perform(audit.check, SYSTEM) if chain in {"", report.chain}]
    if chain and not reports:
        refuse(f"There is no chain {chain}.")
    if as_json:
        write_json([_plain(report) for report in reports])
    else:
        _tell(reports)
    if any(report.broken for report in reports):
        raise typer.Exit(Exit.REFUSED)


@app.command()
def export(
    chain: Annotated[str, typer.Option(help="An account's id, or `installation`.")] = audit.INSTALLATION,
) -> None:
    """Write a chain to the standard output as JSON lines, with hashes and signed checkpoints."""
    wanted = Wanted(chain=chain)
    perform(audit_list.begin, SYSTEM, wanted=wanted)
    for document in audit_list.documents(SYSTEM, wanted=wanted):
        sys.stdout.buffer.write(canonical(document) + b"\n")
    sys.stdout.flush()


@app.command()
def verify_file(file: Annotated[Path, typer.Argument(help="What `audit export` or the page wrote.")]) -> None:
    """Check an exported chain by itself. Exit code 1: it is broken, or no export."""
    try:
        with file.open("rb") as lines:
            broken = audit_checks.verify_lines(lines)
    except (OSError, ValueError):
        refuse(f"{file} is no export of the audit log.")
    if broken:
        complain(f"{broken.chain}: broken at entry {broken.seq}. {broken.why}")
        raise typer.Exit(Exit.REFUSED)
    out.print("[green]✓[/] The file is as it was written.")


@app.command()
def checkpoint() -> None:
    """Sign where every chain ends now, so that a tail that is cut off later shows."""
    with db.current().transaction(SYSTEM) as session:
        signed = audit.checkpoint(session)
    out.print(f"[green]✓[/] {signed} chains were signed.")


def _tell(reports: list[ChainReport]) -> None:
    for report in reports:
        if report.broken:
            complain(f"{report.chain}: broken at entry {report.broken.seq}. {report.broken.why}")
        else:
            out.print(f"[green]✓[/] {report.chain}: {report.entries} entries", soft_wrap=True)


def _plain(report: ChainReport) -> dict[str, object]:
    return {
        "chain": report.chain,
        "entries": report.entries,
        "broken_at": report.broken.seq if report.broken else None,
        "why": str(report.broken.why) if report.broken else "",
    }
