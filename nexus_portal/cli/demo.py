"""`nexus-portal demo`: a made-up bureau with customers, and as many orders as one likes."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from nexus_portal import settings
from nexus_portal.adapters import clock, db, schema
from nexus_portal.cli.terminal import AsJson, Exit, err, out, progress, refuse, table, write_json
from nexus_portal.demo import accounts_file
from nexus_portal.demo.crowd import moving_in
from nexus_portal.demo.crowd.spread import spread
from nexus_portal.demo.seed import seed
from nexus_portal.domain import totp
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.services import readiness

BAR = 5000
"""Orders a second that `--orders` is meant to reach on a machine with two cores."""


def demo(
    *,
    orders: Annotated[
        int, typer.Option(min=0, help="Also spread this many orders over 50 more accounts.")
    ] = 0,
    if_empty: Annotated[bool, typer.Option(help="Do nothing when the database holds accounts.")] = False,
    codes: Annotated[bool, typer.Option(help="Show who can sign in, with the codes of this moment.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fill an empty database with a made-up bureau and two customers, and write down how to sign in.

    The demo's passwords are public: `serve` refuses to start with it where others could reach it.
    """
    if codes:
        _show_codes(as_json=as_json)
        return
    said = _seed(if_empty=if_empty or orders > 0)
    if orders:
        said |= _spread(orders)
    if as_json:
        write_json(said)
    elif said["present"]:
        _how_to_sign_in()


def _seed(*, if_empty: bool) -> dict[str, Any]:
    url = settings.current().database_url
    if schema.revision(url) != schema.head():
        refuse("The database is not at this release's revision. Run `nexus-portal migrate`.", Exit.SETTINGS)
    if not settings.current().local:
        refuse("The demo's passwords are public, and NEXUS_BASE_URL is not this machine.", Exit.SETTINGS)
    if schema.is_empty(url):
        with progress() as bars:
            task = bars.add_task("Playing the demo", total=None)
            play = seed(lambda done, total: bars.update(task, completed=done, total=total))
        return {"made": True, "present": True, "stories": len(play.orders)}
    if not if_empty:
        refuse("The database holds accounts already; the demo goes into an empty one.")
    with db.current().transaction(SYSTEM, writes=False) as session:
        return {"made": False, "present": readiness.has_demo_accounts(session)}


def _spread(orders: int) -> dict[str, Any]:
    with db.current().transaction(SYSTEM, writes=False) as session:
        if not readiness.has_demo_accounts(session):
            refuse("The database holds real accounts; made-up orders do not go beside them.")
        if moving_in.are_there(session):
            refuse("The 50 accounts have their orders already; begin with an empty database for others.")
    with progress() as bars:
        task = bars.add_task("Writing orders", total=orders)
        written = spread(orders, lambda done, _total: bars.update(task, completed=done))
    err.print(
        f"[green]✓[/] {written.orders:,} orders with {written.items:,} cards in {written.seconds:.1f} s:"
        f" {written.rate:,.0f} orders a second (bar: {BAR:,})."
        f" {written.rows:,} rows; {written.persons:,} persons in the vault."
    )
    return {"spread": asdict(written) | {"rate": round(written.rate)}}


def _how_to_sign_in() -> None:
    out.print("\nPeople of the demo (a code changes every 30 s: `nexus-portal demo --codes`):\n")
    rows = [
        (person["account"], ", ".join(person["roles"]), person["email"], person["password"])
        for person in accounts_file.sign_ins()
    ]
    table("Account", "Role", "E-mail", "Password", rows=rows)
    out.print(f"\nTheir authenticators' secrets are in {accounts_file.path()}.", soft_wrap=True)


def _show_codes(*, as_json: bool) -> None:
    step = totp.step_at(clock.now())
    people = [
        {**person, "code": totp.code_at(person["totp_secret"], step)} for person in accounts_file.sign_ins()
    ]
    if as_json:
        write_json(people)
        return
    rows = [(person["email"], person["password"], person["code"]) for person in people]
    table("E-mail", "Password", "Code", rows=rows)
