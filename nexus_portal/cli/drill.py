"""`nexus-portal drill`: whether the backups would bring everything back, and nothing that was erased."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nexus_portal.adapters import signing
from nexus_portal.cli.terminal import AsJson, Exit, complain, out, refuse, steps, write_json
from nexus_portal.domain.errors import Invalid
from nexus_portal.services import drills

app = typer.Typer(help="Try whether a backup would bring everything back.", invoke_without_command=True)


@app.callback()
def drill(
    context: typer.Context,
    *,
    report: Annotated[Path, typer.Option(help="Where the signed report goes.")] = Path("drill-report.json"),
    scratch: Annotated[
        Path | None,
        typer.Option(help="Where there is room for a second installation; else the temporary folder."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Back up, restore into a scratch folder, replay, open everything. Exit code 1: a check failed."""
    if context.invoked_subcommand:
        return
    with steps() as step:
        found = drills.run(parent=scratch, step=step)
    report.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if as_json:
        write_json(found)
    else:
        _tell(found)
        out.print(f"  Signed report: {report}", soft_wrap=True)
    raise typer.Exit(Exit.DONE if found["passed"] else Exit.REFUSED)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The report as JSON.")],
    public_key: Annotated[
        Path | None, typer.Option(help="The public key in PEM; else the one of this installation.")
    ] = None,
) -> None:
    """Check the signature of a report. Exit code 0: genuine, 1: not."""
    try:
        found = drills.read(json.loads(file.read_bytes()))
        why = drills.why_invalid(found, (public_key or signing.public_key_file()).read_bytes())
    except Invalid as error:
        refuse(f"{file}: {error.message}")
    except (OSError, ValueError):
        refuse(f"{file}: the report or the public key cannot be read.")
    if why is not None:
        refuse(f"{file}: {why}")
    out.print(f"[green]✓[/] Genuine: a report of {found['at']}, signed by key {found['key']}.")
    _tell(found)


def _tell(found: dict[str, Any]) -> None:
    for name, check in found["checks"].items():
        facts = ", ".join(
            f"{key.replace('_', ' ')} {value}" for key, value in check.items() if key != "passed"
        )
        line = f"{name.capitalize()}: {facts}."
        if check["passed"]:
            out.print(f"[green]✓[/] {line}", soft_wrap=True)
        else:
            complain(line)
