"""What a drill of restoring found, as a signed document: counts and checks, nothing about persons."""

from collections.abc import Mapping
from typing import Any, cast

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.hashchain import canonical
from nexus_portal.domain.text import Message

TYPE, VERSION = "nexus-portal/drill-report", 1
Report = dict[str, Any]

_PARTS: Mapping[str, type] = {
    "type": str,
    "version": int,
    "passed": bool,
    "checks": dict,
    "key": str,
    "signature": str,
}


def signed_part(report: Mapping[str, Any]) -> bytes:
    """The bytes that the signature stands for: everything but the signature itself."""
    return canonical({name: part for name, part in report.items() if name != "signature"})


def read(parsed: object) -> Report:
    """A report out of parsed JSON.

    Raises:
        Invalid: this is no report of a drill, or one of a later version, or not whole.
    """
    report: Report = cast("Report", parsed) if isinstance(parsed, dict) else {}
    if report.get("type") != TYPE or report.get("version") != VERSION:
        raise Invalid(Message("This is not a report of a drill, or one of a later version."))
    if any(not isinstance(report.get(name), kind) for name, kind in _PARTS.items()):
        raise Invalid(Message("This report is not complete."))
    return report
