"""A drill: a backup is taken, brought back beside this installation, looked at as a whole, and taken away.

Everything after the backup happens in processes of their own with other settings, by the commands that an
operator would use. What they said is signed, so that it can be shown to an auditor.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nexus_portal import settings
from nexus_portal.adapters import clock, ledger_file, scratch, signing
from nexus_portal.adapters.scratch import Scratch
from nexus_portal.domain.drill_report import TYPE, VERSION, Report, read, signed_part
from nexus_portal.domain.hashchain import canonical
from nexus_portal.domain.text import Message
from nexus_portal.services import backups
from nexus_portal.services.backups import Backup, Step

__all__ = ["read", "run", "why_invalid"]

Found = Mapping[str, Any]


def run(*, parent: Path | None = None, step: Step = lambda _what, _done, _total: None) -> Report:
    """Take a backup, restore it into a scratch installation, replay, check; the signed report.

    Raises:
        SettingsError: there is no room for it, such as the right to make a database.
        Unavailable: a store does not answer.
    """
    begun = clock.now()
    with scratch.scratch(parent) as beside:
        taken = backups.take(beside.folder / "portal", keys=beside.folder / "copied", step=step)
        checks = _checks(beside, taken, step)
    report: Report = {
        "type": TYPE,
        "version": VERSION,
        "issuer": settings.current().base_url,
        "begun_at": begun,
        "at": clock.now(),
        "backup": {"name": taken.folder.name, "files": taken.files, "ledger": taken.ledger.count},
        "passed": all(check["passed"] for check in checks.values()),
        "checks": checks,
        "key": signing.key_id(),
    }
    report = json.loads(canonical(report))
    report["signature"] = signing.sign(signed_part(report))
    return report


def why_invalid(report: Found, pem: bytes) -> Message | None:
    """What is wrong with a report that `read` took, by these public keys; nothing when it is genuine.

    Raises:
        ValueError: `pem` holds no public key.
    """
    if signing.verifies(signed_part(report), report["signature"], report["key"], pem):
        return None
    return Message("The report was changed, or another installation has signed it.")


def _checks(beside: Scratch, taken: Backup, step: Step) -> dict[str, Any]:
    ledger = ["--ledger", str(settings.current().ledger_file)] if _has_ledger() else ["--ledger-lost"]
    commands: Sequence[tuple[str, list[str], Callable[[Any], dict[str, Any]]]] = (
        ("restored", ["restore", str(taken.folder), "--keys", str(taken.keys), *ledger], _restored),
        ("records", ["keys", "check"], _records),
        ("audit", ["audit", "verify"], _audit),
    )
    checks: dict[str, Any] = {}
    for place, (name, arguments, facts) in enumerate(commands):
        step("restoring and checking", place, len(commands))
        code, said, complaint = beside.run(*arguments, "--json")
        checks[name] = {"passed": code == 0, **_facts(said, facts)}
        if code != 0:
            checks[name]["why"] = (complaint.strip() or f"exit code {code}").splitlines()[-1][:300]
            break  # what comes after would look at nothing
    return checks


def _has_ledger() -> bool:
    return ledger_file.end(settings.current().ledger_file).count > 0


def _facts(said: str, facts: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    try:
        return facts(json.loads(said))
    except (ValueError, KeyError, TypeError):
        return {}


def _restored(said: Any) -> dict[str, Any]:
    return {"made_at": said["made_at"], **said["replayed"]}


def _records(said: Any) -> dict[str, Any]:
    return {
        "records": said["records"],
        "opened": said["opened"],
        "photos": said["photos"],
        "erased_for_ever": said["tombstones"],
        "without_key": len(said["unreadable"]),
        "broken": len(said["broken"]),
        "erased_and_readable": len(said["readable_again"]),
        "lost_files": said["lost_files"],
    }


def _audit(said: Any) -> dict[str, Any]:
    return {
        "chains": len(said),
        "entries": sum(chain["entries"] for chain in said),
        "broken": sum(chain["broken_at"] is not None for chain in said),
    }
