"""Mutants of a module: mutmut's operators, applied one at a time, in decorated functions and tables too.

mutmut itself leaves decorated functions and what stands outside of functions alone, which here are the use
cases and the permissions; so its operators are taken, and planting them is our own (`trying.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

import libcst as cst
from libcst import matchers as m
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_arg_removal, operator_string

ROOT = Path(__file__).parents[2]

# Words for people and for operators: test_languages.py compares the former with the catalogue.
_WORDS = m.Call(func=m.Name("Message") | m.Attribute(value=m.Name("log")) | m.Name("TypeVar"))
# What the type checker alone needs, and what mutmut leaves alone as well.
_UNTOUCHED = (
    m.Annotation()
    | m.Decorator()
    | m.Assert()
    | m.Call(func=m.Name("len") | m.Name("isinstance"))
    | m.SimpleStatementLine(body=[m.Expr(m.SimpleString())])
    | m.SimpleStatementLine(body=[m.Import() | m.ImportFrom()])
    | m.Assign(targets=[m.AssignTarget(m.Name("__all__"))])
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one module. `function` is the outermost one that it lies in; empty: outside of any."""

    module: str
    function: str
    line: int
    before: str
    after: str
    source: str

    @property
    def name(self) -> str:
        """Tells it from the others, also in a later version of the module whose function is the same."""
        return f"{self.module}:{self.line}: {self.before} -> {self.after}"


def mutants_of(module: str) -> Iterator[Mutant]:
    """All mutants of a module, given by its path from the root, in the order of its lines."""
    wrapper = MetadataWrapper(cst.parse_module((ROOT / module).read_text(encoding="utf-8")))
    visitor = _Visitor(wrapper.module)
    wrapper.visit(visitor)
    for function, line, node, changed in visitor.found:
        source = _with(wrapper.module, node, changed)
        yield Mutant(
            module, function, line, _text(wrapper.module, node), _text(wrapper.module, changed), source
        )


class _Visitor(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, module: cst.Module) -> None:
        super().__init__()
        self.found: list[tuple[str, int, cst.CSTNode, cst.CSTNode]] = []
        self._module = module
        self._within: list[str] = []
        self._depth = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        if m.matches(node, _UNTOUCHED | _WORDS):
            return False
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._enter(node)
        line = cast("CodeRange", self.get_metadata(PositionProvider, node)).start.line
        self.found += [(self._function, line, node, changed) for changed in _changed(node)]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.FunctionDef | cst.ClassDef):
            self._leave(original_node)

    @property
    def _function(self) -> str:
        return ".".join(self._within) if self._depth else ""

    def _enter(self, node: cst.FunctionDef | cst.ClassDef) -> None:
        if not self._depth:
            self._within.append(node.name.value)
        if self._depth or isinstance(node, cst.FunctionDef):
            self._depth += 1

    def _leave(self, node: cst.FunctionDef | cst.ClassDef) -> None:
        if self._depth or isinstance(node, cst.FunctionDef):
            self._depth -= 1
        if not self._depth:
            self._within.pop()


def _changed(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for kind, operator in mutation_operators:
        if not isinstance(node, kind):
            continue
        if operator is operator_string:
            # One change of a text is enough: in capitals it is no likelier to be missed.
            yield from islice(operator(node), 1)
        elif operator is operator_arg_removal and isinstance(node, cst.Call):
            yield from _arguments(node, operator(node))
        else:
            yield from operator(node)
    if isinstance(node, cst.Set):
        # What a role may is a set: without each of its members.
        for member in node.elements if len(node.elements) > 1 else ():
            yield node.with_changes(elements=[each for each in node.elements if each is not member])


def _arguments(call: cst.Call, changed: Iterable[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """Each argument as None, and without each named one; without one that counts by place nothing runs."""
    for each in changed:
        assert isinstance(each, cst.Call)  # noqa: S101 - for the type checker
        if len(each.args) == len(call.args) or _names(each.args) != _names(call.args):
            yield each


def _names(arguments: Sequence[cst.Arg]) -> list[str]:
    return [each.keyword.value for each in arguments if each.keyword]


def _with(module: cst.Module, node: cst.CSTNode, changed: cst.CSTNode) -> str:
    replaced = module.deep_replace(node, changed)
    assert isinstance(replaced, cst.Module)  # noqa: S101 - for the type checker
    return replaced.code


def _text(module: cst.Module, node: cst.CSTNode) -> str:
    return " ".join(module.code_for_node(node).split())
