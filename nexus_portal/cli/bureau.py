"""`nexus-portal bureau`: the account of the bureau that runs the installation."""

from dataclasses import replace
from typing import Annotated

import typer

from nexus_portal.adapters import clock
from nexus_portal.cli.terminal import AsJson, out, write_json
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.services import articles, installation
from nexus_portal.services.use_case import perform

app = typer.Typer(help="The bureau that runs this installation.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The bureau that runs this installation."""


@app.command()
def create(
    *,
    number: Annotated[str, typer.Option(help="Number of its account, such as its organisation number.")],
    name: Annotated[str, typer.Option(help="Its name, as customers know it.")],
    as_json: AsJson = False,
) -> None:
    """Make the bureau's account. Then invite its first admin by `nexus-portal user invite`."""
    # Who may run this command holds the database and its keys already: there is no second factor to ask for.
    somebody_here = replace(SYSTEM, stepped_up_at=clock.now())
    account_id = perform(installation.create_bureau, somebody_here, number=number, name=name)
    if as_json:
        write_json({"id": str(account_id), "number": number})
        return
    out.print(f"[green]✓[/] {name} is the bureau of this installation. Invite its first admin:")
    out.print(
        f"  nexus-portal user invite ADDRESS --account {number} --role bureau_admin --name NAME",
        soft_wrap=True,
    )


@app.command()
def article(
    number: Annotated[str, typer.Argument(help="Its number, such as A-101.")],
    *,
    name: Annotated[str, typer.Option(help="What customers read.")],
    price: Annotated[float, typer.Option(help="In SEK without VAT.", min=0, max=1_000_000)],
    accessory: Annotated[bool, typer.Option("--accessory", help="From the shelf, made for nobody.")] = False,
    technology: Annotated[str, typer.Option(help="Of the card's chip.")] = "",
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Take it off the list.")] = False,
) -> None:
    """Put an article on offer, or change the one of this number: customers are offered it from then on."""
    perform(
        articles.put,
        SYSTEM,
        number=number,
        name=name,
        price=round(price * 100),
        kind="accessory" if accessory else "card",
        technology=technology,
        active=not withdrawn,
    )
    out.print(f"[green]✓[/] {number} {'is withdrawn' if withdrawn else 'is on offer'}.", soft_wrap=True)
