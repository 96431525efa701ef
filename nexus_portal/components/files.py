"""Addresses of files in `assets/` that change with their content, so that browsers may keep them for good."""

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "assets"


@cache
def address(name: str) -> str:
    """The address of a file, such as `/portal.js?v=1f3c…`."""
    return f"/{name}?v={hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]}"
