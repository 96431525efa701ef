"""`nexus-portal certificate`: check certificates of erasure, offline."""

import zipfile
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from nexus_portal.adapters import signing
from nexus_portal.cli.terminal import AsJson, complain, out, write_json
from nexus_portal.domain.certificate_chain import Chain
from nexus_portal.domain.errors import Invalid
from nexus_portal.services import certificate_files, certificates
from nexus_portal.services.certificate_files import CheckedFile

INVALID, UNREADABLE = 1, 2

app = typer.Typer(help="Certificates of erasure.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Certificates of erasure."""


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(help="A certificate as JSON or PDF; or a folder or ZIP file of an account's.")
    ],
    public_key: Annotated[
        Path | None, typer.Option(help="The public key in PEM; else the one of this installation.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check the signature of a certificate, or of many and that none is missing between them.

    Exit code 0: genuine, 1: changed or missing, 2: it cannot be read.
    """
    pem = _read(public_key or signing.public_key_file(), "public key")
    look = _many if _is_collection(file) else _one
    try:
        right = look(file, pem, as_json=as_json)
    except Invalid as error:
        _unreadable(f"{file}: {error.message}")
    except ValueError:
        _unreadable("The public key is not a key in PEM.")
    except OSError as error:
        _unreadable(f"{file} cannot be read: {error.strerror}.")
    raise typer.Exit(0 if right else INVALID)


def _one(file: Path, pem: bytes, *, as_json: bool) -> bool:
    certificate = certificate_files.read(_read(file, "certificate"))
    why = certificates.why_invalid(certificate, pem)
    if as_json:
        write_json({"genuine": why is None, "why": str(why or ""), "certificate": certificate})
    elif why is None:
        _tell(certificate)
    else:
        complain(f"{file}: {why}")
    return why is None


def _many(place: Path, pem: bytes, *, as_json: bool) -> bool:
    files, chains = certificate_files.check_all(place, pem)
    wrong = [each for each in files if each.why is not None]
    if as_json:
        write_json(_as_json(files, chains))
    else:
        for each in wrong:
            complain(f"{each.name}: {each.why}")
        for chain in chains:
            _tell_chain(chain)
    return not wrong and not any(chain.flaws for chain in chains)


def _as_json(files: tuple[CheckedFile, ...], chains: tuple[Chain, ...]) -> dict[str, Any]:
    return {
        "files": [
            {"name": each.name, "genuine": each.why is None, "why": str(each.why or "")} for each in files
        ],
        "chains": [
            {
                "account": chain.account,
                "first": chain.first,
                "last": chain.last,
                "certificates": chain.count,
                "flaws": [str(flaw) for flaw in chain.flaws],
            }
            for chain in chains
        ],
    }


def _is_collection(place: Path) -> bool:
    return place.is_dir() or zipfile.is_zipfile(place)


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _unreadable(f"The {what} {path} cannot be read: {error.strerror}.")


def _unreadable(text: str) -> NoReturn:
    complain(text)
    raise typer.Exit(UNREADABLE)


def _tell_chain(chain: Chain) -> None:
    for flaw in chain.flaws:
        complain(f"Account {chain.account}: {flaw}")
    if not chain.flaws:
        out.print(
            f"[green]✓[/] Account {chain.account}: genuine and complete from {chain.first} to {chain.last}.",
            soft_wrap=True,
        )
        out.print(
            "  Whether any was issued after the last one, only the portal can say.",
            style="dim",
            soft_wrap=True,
        )


def _tell(certificate: dict[str, Any]) -> None:
    erased = certificate["erased"]
    out.print(
        f"[green]✓[/] Genuine: certificate {certificates.number_of(certificate)}, "
        f"signed by key {certificate['key']}.",
        soft_wrap=True,
    )
    out.print(
        f"  Order {certificate['order']} of {certificate['account']['name']}: {erased['persons']} persons, "
        f"{erased['photos']} photos, erased on {certificate['at']}.",
        soft_wrap=True,
    )
