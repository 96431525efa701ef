"""`nexus-portal retention`: let go by hand what the portal lets go by itself, or see what that would be."""

from dataclasses import asdict
from typing import Annotated

import typer

from nexus_portal.adapters import keystore
from nexus_portal.cli.terminal import AsJson, Exit, complain, out, write_json
from nexus_portal.services import retention_sweep
from nexus_portal.services.retention_sweep import Swept

app = typer.Typer(help="How long personal data is kept.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """How long personal data is kept."""


@app.command()
def run(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    account: Annotated[str, typer.Option(help="The number of one customer; else all.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let go what is due. Exit code 1: the portal is doing it at this moment."""
    keystore.prepare()
    done = retention_sweep.dry_run(account) if dry_run else _sweep(account)
    if done is None:
        complain("The portal is sweeping at this moment. Try again in a minute.")
        raise typer.Exit(Exit.REFUSED)
    if as_json:
        write_json(asdict(done))
    else:
        _tell(done)


def _sweep(account: str) -> Swept | None:
    with out.status("Removing what is due …"):
        return retention_sweep.sweep_account(account) if account else retention_sweep.sweep()


def _tell(done: Swept) -> None:
    for number, said in done.accounts.items():
        verb = "would lose" if done.dry else "lost"
        out.print(
            f"{number}: {said.orders} orders, {said.cards} cards {verb} something; {said.whole} everything."
        )
        out.print("  " + ", ".join(f"{kind} {count}" for kind, count in said.kinds.items()))
    if done.blocked:
        out.print(f"{done.blocked} blocked cards {'would leave' if done.dry else 'left'} the register.")
    if not done.accounts and not done.blocked:
        out.print("[green]✓[/] Nothing is due.")
