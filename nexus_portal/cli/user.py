"""`nexus-portal user`: bringing in the first people, before anybody is there to invite them."""

from dataclasses import replace
from typing import Annotated

import typer

from nexus_portal.adapters import clock
from nexus_portal.cli.terminal import AsJson, out, write_json
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.services import factor_taking, invitations
from nexus_portal.services.use_case import perform

app = typer.Typer(help="People who sign in.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """People who sign in."""


@app.command()
def invite(
    email: Annotated[str, typer.Argument(help="Mail address; it becomes the name to sign in by.")],
    *,
    account: Annotated[str, typer.Option(help="Number of the account.")],
    role: Annotated[str, typer.Option(help="Such as account_admin or orderer; bureau_admin for the bureau.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    as_json: AsJson = False,
) -> None:
    """Invite a person into an account. The link works once and for 72 hours: pass it on by a safe way."""
    # Who may run this command holds the database and its keys already: there is no second factor to ask for.
    somebody_here = replace(SYSTEM, stepped_up_at=clock.now())
    invited = perform(
        invitations.invite_into, somebody_here, account_number=account, email=email, name=name, role=role
    )
    if as_json:
        write_json({"email": invited.email, "link": invited.link})
        return
    out.print(
        f"[green]✓[/] {invited.email} is invited. The link works once and for 72 hours:", soft_wrap=True
    )
    out.print(invited.link, soft_wrap=True)


@app.command("reset-2fa")
def reset_2fa(
    email: Annotated[str, typer.Argument(help="Mail address by which the person signs in.")],
) -> None:
    """Take a lost second factor away: the person sets up a new one at the next sign-in, and gets a mail."""
    perform(factor_taking.reset_by_operator, replace(SYSTEM, stepped_up_at=clock.now()), email=email)
    out.print("[green]✓[/] The second factor is reset. The next sign-in asks for a new one.", soft_wrap=True)


@app.command()
def deactivate(
    email: Annotated[str, typer.Argument(help="Mail address by which the person signs in.")],
) -> None:
    """Take somebody's access to every account, and end their sessions at once."""
    operator = replace(SYSTEM, stepped_up_at=clock.now())
    places = perform(factor_taking.deactivate_by_operator, operator, email=email)
    out.print(f"[green]✓[/] Deactivated; accounts: {places}.", soft_wrap=True)
