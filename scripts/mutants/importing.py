"""A mutant that shows only when its module is imported: a pytest of its own, in which the import is changed.

As a plugin (`-p scripts.mutants.importing`) it puts what `MUTANT_SOURCE` holds in place of `MUTANT_MODULE`.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

from scripts.mutants.making import ROOT, Mutant
from scripts.mutants.plan import SQLITE

SECONDS = 300


def killed(mutant: Mutant, tests: Sequence[str]) -> bool:
    """Whether one of the tests fails, or none can be run."""
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as source:
        source.write(mutant.source)
        source.flush()
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "scripts.mutants.importing"]
        named = {"MUTANT_MODULE": str(ROOT / mutant.module), "MUTANT_SOURCE": source.name}
        try:
            done = subprocess.run(
                [*command, "-p", "no:cacheprovider", *SQLITE, *tests],
                cwd=ROOT,
                env={**os.environ, **named},
                capture_output=True,
                check=False,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            return True
    return done.returncode != 0


class _Changed(SourceFileLoader):
    """Loads what is asked for, but for one module."""

    def get_code(self, fullname: str) -> Any:
        """The mutant's code in place of its module's; never from or into a cache."""
        path = self.get_filename(fullname)
        if path != os.environ["MUTANT_MODULE"]:
            return super().get_code(fullname)
        return compile(Path(os.environ["MUTANT_SOURCE"]).read_bytes(), path, "exec")


def _install() -> None:
    from importlib.machinery import FileFinder  # noqa: PLC0415 - in the process of a mutant alone

    sys.path_hooks.insert(0, FileFinder.path_hook((_Changed, [".py"])))
    sys.path_importer_cache.clear()


if "MUTANT_SOURCE" in os.environ:
    _install()
