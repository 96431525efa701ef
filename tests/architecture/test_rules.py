"""The rules of docs/architecture.md that the source itself can show."""

import ast
from statistics import median, quantiles

import pytest

from tests.architecture.source import ROOT, modules

MAX_MODULE = 300
MAX_FUNCTION = 40


def code_lines(source: str) -> int:
    """Lines that are not blank and not comments."""
    return sum(1 for line in source.splitlines() if line.strip() and not line.strip().startswith("#"))


def sizes() -> dict[str, int]:
    """Code lines of every module."""
    return {
        str(path.relative_to(ROOT)): code_lines(path.read_text(encoding="utf-8"))
        for path in ROOT.rglob("*.py")
        if "versions" not in path.parts
    }


def functions() -> dict[str, int]:
    """Lines of every function, its docstring left out."""
    found: dict[str, int] = {}
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
                found[f"{name}.{node.name}"] = (node.body[-1].end_lineno or 0) - first.lineno + 1
    return found


def test_only_the_database_adapter_commits() -> None:
    """Rule 3: a change and its audit event share the transaction."""
    committing = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "rollback", "begin_nested"}
    }
    assert committing <= {"adapters.db"}


@pytest.mark.parametrize("folder", ["state", "pages", "components"])
def test_doors_hold_no_tables(folder: str) -> None:
    """Rule 5: what the browser gets is a view row; a table never leaves the services."""
    for name, tree in modules(folder):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nexus_portal.models"):
                taken = {alias.name for alias in node.names}
                assert taken <= {"SessionLevel"}, f"{name} imports {taken} from {node.module}"


def test_nothing_uses_what_reflex_cannot_secure() -> None:
    """`rx.upload` knows no session, and its client-side storage can be written by anybody at will."""
    banned = {"upload", "Cookie", "LocalStorage", "SessionStorage", "toast", "call_script"}
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rx":
                assert node.attr not in banned, f"{name} uses rx.{node.attr}"


def test_time_is_read_in_one_place() -> None:
    """The clock is an adapter: tests set it, and no time is naive."""
    for name, tree in modules():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in {"now", "utcnow", "today"}
                and name != "adapters.clock"
            ):
                called_on = ast.unparse(node.value)
                assert called_on not in {"datetime", "date", "datetime.datetime", "datetime.date"}, name


def test_modules_stay_small() -> None:
    counted = sizes()
    assert {name: n for name, n in counted.items() if n > MAX_MODULE} == {}
    assert quantiles(counted.values(), n=10)[-1] <= 200
    assert median(counted.values()) <= 100


def test_functions_stay_small() -> None:
    counted = functions()
    assert {name: n for name, n in counted.items() if n > MAX_FUNCTION} == {}
    assert median(counted.values()) <= 8
