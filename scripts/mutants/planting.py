"""Putting a mutant in the place of what is loaded: code objects are exchanged, nothing is imported anew."""

import gc
from collections.abc import Iterator
from types import CodeType, FunctionType

from scripts.mutants.making import ROOT, Mutant


def functions() -> dict[CodeType, list[FunctionType]]:
    """All functions of the portal that are loaded, by the code that they run."""
    gc.unfreeze()  # what is frozen is not listed
    found: dict[CodeType, list[FunctionType]] = {}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(str(ROOT)):
            found.setdefault(each.__code__, []).append(each)
    return found


def plant(mutant: Mutant, loaded: dict[CodeType, list[FunctionType]]) -> bool:
    """Let this process run the mutant; False where it shows only when the module is imported."""
    path = str(ROOT / mutant.module)
    if not mutant.function:
        return False
    old = [code for code in loaded if code.co_filename == path and code.co_qualname == mutant.function]
    new = [
        code for code in _within(compile(mutant.source, path, "exec")) if code.co_qualname == mutant.function
    ]
    if len(old) != 1 or len(new) != 1 or old == new:
        return False
    pairs = list(_paired(old[0], new[0]))
    if any(before.co_freevars != after.co_freevars for before, after in pairs if before in loaded):
        return False
    for before, after in pairs:
        for function in loaded.get(before, ()):
            function.__code__ = after
    return True


def _within(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _within(inner)


def _paired(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """A function with its mutant, and the functions within it with theirs."""
    yield before, after
    inner = [code for code in after.co_consts if isinstance(code, CodeType)]
    for code in before.co_consts:
        if isinstance(code, CodeType):
            same = [each for each in inner if each.co_name == code.co_name]
            if same:
                inner.remove(same[0])
                yield from _paired(code, same[0])
