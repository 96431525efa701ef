"""`nexus-portal keys`: whether records and keys fit each other, and new keys for accounts."""

from dataclasses import asdict
from typing import Annotated

import typer

from nexus_portal.adapters import key_rotation, keystore
from nexus_portal.cli.terminal import AsJson, Exit, complain, out, write_json
from nexus_portal.services import vault_care
from nexus_portal.services.vault_care import VaultReport

app = typer.Typer(help="The key store.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The key store."""


@app.command()
def check(
    *,
    tidy: Annotated[bool, typer.Option("--tidy", help="Remove keys and files that no record knows.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare database, key store and photos with each other. Exit code 1: something is lost."""
    report = vault_care.check(tidy=tidy)
    if as_json:
        write_json(asdict(report))
    else:
        _tell(report, tidy=tidy)
    if not report.whole:
        raise typer.Exit(Exit.REFUSED)


@app.command()
def rotate() -> None:
    """Give every account a new key and wrap all data keys anew. The portal may run meanwhile."""
    wrapped = key_rotation.rotate(keystore.current())
    out.print(f"[green]✓[/] {wrapped} data keys are wrapped by new keys of their accounts.")


def _tell(report: VaultReport, *, tidy: bool) -> None:
    out.print(f"{report.records} records, {report.photos} photos, {report.tombstones} erased for ever.")
    if report.stray_keys or report.stray_files:
        done = "removed" if tidy else "left by interrupted work; `--tidy` removes them"
        out.print(f"{report.stray_keys} keys and {report.stray_files} files that no record knows: {done}.")
    for record_id in report.unreadable:
        complain(f"Record {record_id} has no key: bring the right key store back.")
    if report.lost_files:
        complain(f"{report.lost_files} files of photos are missing: bring them back from a backup.")
    if report.whole:
        out.print("[green]✓[/] Records, keys and files fit each other.")
