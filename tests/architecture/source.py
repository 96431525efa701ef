"""The source of the portal as the architecture tests read it."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nexus_portal
from nexus_portal import pages, services

ROOT = Path(nexus_portal.__file__).parent


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Dotted name below `nexus_portal` and tree of every module, in these folders or everywhere."""
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if name.startswith("migrations.versions") or (folders and name.split(".")[0] not in folders):
            continue
        yield name, tree(path)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def import_all() -> None:
    """Import every service and page, so that registries are full."""
    importlib.import_module("nexus_portal.nexus_portal")
    for package in (services, pages):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
