"""What the portal says, as its source shows it: sentences to translate, and text that is not one of them."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, repeat
from string import Formatter

from tests.architecture.source import modules

SPEAKING = {"t": 1, "t_static": 1, "Message": 1, "plural": 2}
"""Functions that take a sentence, and how many: one, or a singular and a plural."""
SPEAKING_CATALOGUE = {"translate": 1, "translate_plural": 2}
"""The same, called `catalogue.…`: strings have a method of that name."""
CARRIERS = {"components.i18n", "adapters.catalogue", "domain.text", "services.notices"}
"""The modules that carry sentences without knowing them."""
VISIBLE_PROPS = {"placeholder", "title", "aria_label", "alt", "label"}
SILENT = {"Var", "icon", "match", "cond", "memo", "event", "page", "foreach", "color", "asset", "redirect"}
"""What is called `rx.…` with text that nobody reads."""


@dataclass(frozen=True)
class Sentence:
    """A sentence in the source: `many` is its plural or empty, `given` names the values it is called with."""

    one: str
    many: str
    place: str
    given: frozenset[str] = field(compare=False)


Mask = tuple[bool, ...]
"""Whether people read an argument: empty never, `(True,)` all of it, `(False, True)` the second of a pair."""


@dataclass(frozen=True)
class Readable:
    """What of a component's arguments people read: by position, all further ones, by name."""

    positions: tuple[Mask, ...] = ()
    rest: Mask = ()
    words: Mapping[str, Mask] = field(default_factory=dict)


def placeholders(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def sentences_of(name: str, tree: ast.Module) -> Iterator[Sentence]:
    """Every sentence of one module; `*` among its values is a mapping passed on."""
    for call, count in _speaking(name, tree):
        texts = [text for argument in call.args[:count] for text in _whole(argument)]
        if len(texts) == count:
            given = {keyword.arg or "*" for keyword in call.keywords} | ({"n"} if count > 1 else set())
            yield Sentence(texts[0], (*texts, "")[1], f"{name}:{call.lineno}", frozenset(given))


def computed_sentences(name: str, tree: ast.Module) -> Iterator[str]:
    """Calls whose sentence is not written in the call: nobody could translate it."""
    for call, count in _speaking(name, tree):
        if not all(_whole(argument) or _stored(argument) for argument in call.args[:count]):
            yield f"{name}:{call.lineno}: {ast.unparse(call)[:80]}"


def bare_texts(name: str, tree: ast.Module, readable: Mapping[str, Readable]) -> Iterator[str]:
    """Literals that people would read, outside `t()`; `readable` tells it of our own components."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for shown, mask in _shown(node, readable):
                yield from (f"{name}:{node.lineno}: {text!r}" for text in _literals(shown, mask))


@cache
def readable_parameters() -> dict[str, Readable]:
    """The components of our own, and what of them is annotated as text that people read."""
    bodies = [node for _, tree in modules("components") for node in tree.body]
    classes = {node.name: _of_class(node) for node in bodies if isinstance(node, ast.ClassDef)}
    functions = {
        node.name: _of_function(node, classes) for node in bodies if isinstance(node, ast.FunctionDef)
    }
    return classes | functions


def _of_class(node: ast.ClassDef) -> Readable:
    fields = {
        ast.unparse(item.target): _mask(item.annotation)
        for item in node.body
        if isinstance(item, ast.AnnAssign)
    }
    return Readable(tuple(fields.values()), words=fields)


def _of_function(node: ast.FunctionDef, classes: Mapping[str, Readable]) -> Readable:
    """A `**more: Unpack[Options]` brings the fields of its class as names."""
    known = node.args
    words = {parameter.arg: _mask(parameter.annotation) for parameter in (*known.args, *known.kwonlyargs)}
    if known.kwarg and known.kwarg.annotation:
        unpacked = {inner.id for inner in ast.walk(known.kwarg.annotation) if isinstance(inner, ast.Name)}
        words |= {
            word: mask for name in unpacked & classes.keys() for word, mask in classes[name].words.items()
        }
    return Readable(
        tuple(_mask(parameter.annotation) for parameter in (*known.posonlyargs, *known.args)),
        _mask(known.vararg.annotation) if known.vararg else (),
        words,
    )


def _mask(annotation: ast.expr | None) -> Mask:
    for node in ast.walk(annotation) if annotation else ():
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "tuple":
            return tuple(_is_read(part) for part in getattr(node.slice, "elts", ()))
    return (True,) if annotation and _is_read(annotation) else ()


def _is_read(annotation: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id in {"Text", "Content"} for node in ast.walk(annotation))


def _shown(call: ast.Call, readable: Mapping[str, Readable]) -> Iterator[tuple[ast.expr, Mask]]:
    if _root(call.func) == "rx" and _called(call) not in SILENT and _parent(call.func) not in SILENT:
        yield from ((argument, (True,)) for argument in call.args)
        yield from ((word.value, (True,)) for word in call.keywords if word.arg in VISIBLE_PROPS)
    elif part := readable.get(_called(call)):
        yield from zip(call.args, chain(part.positions, repeat(part.rest)), strict=False)
        yield from ((word.value, part.words.get(word.arg or "", ())) for word in call.keywords)


def _literals(node: ast.expr, mask: Mask) -> Iterator[str]:
    inner: list[ast.expr] = []
    if not any(mask):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        is_address = node.value.startswith("/")
        yield from [node.value] if any(map(str.isalpha, node.value)) and not is_address else []
    elif isinstance(node, ast.JoinedStr):
        inner = node.values
    elif isinstance(node, ast.IfExp):
        inner = [node.body, node.orelse]
    elif isinstance(node, ast.BinOp):
        inner = [node.left, node.right]
    elif isinstance(node, ast.Starred):
        inner = [node.value]
    elif isinstance(node, ast.Tuple) and len(node.elts) == len(mask):
        inner = [part for part, read in zip(node.elts, mask, strict=True) if read]
        mask = (True,)
    elif isinstance(node, ast.Tuple | ast.List):
        inner = node.elts
    elif isinstance(node, ast.Call) and _root(node.func) == "rx" and _called(node) == "cond":
        inner = node.args[1:]
    yield from (text for part in inner for text in _literals(part, mask))


def _speaking(name: str, tree: ast.Module) -> Iterator[tuple[ast.Call, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name not in CARRIERS:
            known = SPEAKING_CATALOGUE if _root(node.func) == "catalogue" else SPEAKING
            if count := known.get(_called(node)):
                yield node, count


def _whole(node: ast.expr) -> list[str]:
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _stored(node: ast.expr) -> bool:
    """True for `row["msgid"]`: a message that was written down when it was said."""
    return isinstance(node, ast.Subscript) and _whole(node.slice) == ["msgid"]


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _parent(function: ast.expr) -> str:
    inner = function.value if isinstance(function, ast.Attribute) else None
    return inner.attr if isinstance(inner, ast.Attribute) else ""


def _root(function: ast.expr) -> str:
    while isinstance(function, ast.Attribute):
        function = function.value
    return function.id if isinstance(function, ast.Name) else ""
