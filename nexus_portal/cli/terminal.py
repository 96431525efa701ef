"""How the commands speak: words to people, JSON to scripts, and exit codes that mean something."""

import json
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from enum import IntEnum
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Exit(IntEnum):
    """What a command ended with. 2 is Typer's own: the command was written wrongly."""

    DONE = 0
    REFUSED = 1
    """What was asked is not possible, or what was checked does not hold."""
    SETTINGS = 3
    """A setting, a key or the state of the database must be put right first; the text says how."""
    UNAVAILABLE = 4
    """The database or a store did not answer; the same command may succeed later."""


AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]


def write_json(document: Any) -> None:
    """The document on standard output, and nothing else."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def complain(text: str) -> None:
    """An error, on standard error."""
    err.print(f"[bold red]✗[/] {text}", soft_wrap=True)


def refuse(text: str, code: Exit = Exit.REFUSED) -> NoReturn:
    """Complain and end the command."""
    complain(text)
    raise typer.Exit(code)


def table(*headings: str, rows: Iterable[tuple[str, ...]]) -> None:
    """A plain table on standard output, as wide as it needs: what is in it will be copied."""
    lines = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for place, line in enumerate(lines):
        text = "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        out.print(text.rstrip(), style=None if place else "dim", soft_wrap=True, markup=False)


@contextmanager
def progress() -> Generator[Progress]:
    """Progress bars on standard error, gone when they are done; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        yield bars


@contextmanager
def steps() -> Generator[Callable[[str, int, int], None]]:
    """One bar after the other: `(what, done, total)`, a total of 0 where nobody can say how much it is."""
    tasks: dict[str, TaskID] = {}
    with progress() as bars:

        def step(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what.capitalize(), total=total or None)
            bars.update(tasks[what], completed=done, total=total or None)

        yield step
