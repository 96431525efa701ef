"""What was measured, against its bar: told as it comes, and written down as JSON."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. Without a bar it is told for comparison."""

    name: str
    value: float
    bar: float | None
    unit: str
    more_is_better: bool = False
    beside: str = ""

    @property
    def reached(self) -> bool:
        """True when the bar is kept."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.more_is_better else self.value <= self.bar

    def tell(self) -> "Figure":
        """Print one line of the report."""
        sign = "[dim]·[/]" if self.bar is None else "[green]✓[/]" if self.reached else "[red]✗[/]"
        bar = "" if self.bar is None else f"(bar {self.bar:,.10g})"
        out.print(f"{sign} {self.name:<58}{self.value:>10,.2f} {self.unit:<9} {bar:<14} {self.beside}")
        return self


def p50(times: Sequence[float]) -> float:
    """The median."""
    return quantiles(times, n=20, method="inclusive")[9]


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(times, n=20, method="inclusive")[18]


def write(path: Path, figures: Sequence[Figure], **about: object) -> None:
    """Keep the figures as JSON, with what they were measured on."""
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    listed = [asdict(figure) | {"reached": figure.reached} for figure in figures]
    path.write_text(json.dumps({**machine, **about, "figures": listed}, indent=2, ensure_ascii=False) + "\n")


def summary(figures: Sequence[Figure]) -> int:
    """Say how many bars are kept; gives how many are missed."""
    held = [figure for figure in figures if figure.bar is not None]
    missed = [figure for figure in held if not figure.reached]
    out.print(f"\n{len(held) - len(missed)} of {len(held)} bars kept.")
    for figure in missed:
        out.print(f"[red]✗[/] {figure.name}: {figure.value:,.2f} {figure.unit}, bar {figure.bar:,.10g}")
    return len(missed)
