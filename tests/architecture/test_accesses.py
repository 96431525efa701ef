"""Whoever lets somebody see persons writes it into the access log, or stands here with a reason."""

import ast

from tests.architecture.source import modules

OPENING = {
    "vault": {"open_many", "photo_bytes"},
    "vault_photos": {"photo_bytes"},
    "vault_copies": {"people"},
    "vault_contacts": {"address_of"},
}
"""What opens persons, by module."""
SHOWN_TO_NOBODY = {
    "services.closing_package.part": "`begin` wrote down who is taken away",
    "services.corrections.correct_holder": "compared with what was typed; showing the person is `reveal`",
    "services.delivery._address": "the system: where a mail goes",
    "services.draft_mending.mend_row": "compared with what was typed; the row is shown by `reveal`",
    "services.draft_rows.compare_anew": "compared with other rows",
    "services.holder_asking.settle_abandoned": "checked for what is missing",
    "services.import_mended._mend": "compared with the table that was sent back",
    "services.import_photos.lacking": "compared with the names of files by the worker",
    "services.order_again._order": "copied inside the vault; persons of others count as found and shown",
    "services.people._birth_years": "masked rows, of a search that was written down",
    "services.person_held.__init__": "`person_package.begin` wrote down who is taken away",
    "services.person_package.photo": "`begin` wrote down who is taken away",
    "services.persons_export.part": "`begin` wrote down who is taken away",
    "services.print_file._photos": "opens for `part`, which writes it down",
    "services.rectification.rectify": "compared with what was typed; showing is `reveal_found`",
    "services.retention_taking._open": "sealed anew under another key, shown to nobody",
    "services.same_person._numbers": "numbers are compared with each other",
    "services.vault_contacts.address_of": "opens for its callers, each of which stands here",
    "services.vault_copies.people": "opens for its callers, each of which stands here",
    "services.vault_copies._photo": "opens for its callers, each of which stands here",
}


def openers() -> dict[str, bool]:
    """Every function that opens persons, and whether it writes that down itself."""
    found: dict[str, bool] = {}
    for name, tree in modules():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        writers = {node.name for node in functions if any(map(_writes, _calls(node)))}
        for node in functions:
            calls = _calls(node)
            if any(map(_opens, calls)):
                by_helper = {call.id for call in calls if isinstance(call, ast.Name)} & writers
                found[f"{name}.{node.name}"] = node.name in writers or bool(by_helper)
    return found


def _calls(node: ast.AST) -> list[ast.expr]:
    return [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]


def _writes(call: ast.expr) -> bool:
    return ast.unparse(call) in {"accesses.record", "accesses.record_counts"}


def _opens(call: ast.expr) -> bool:
    return (
        isinstance(call, ast.Attribute)
        and isinstance(call.value, ast.Name)
        and call.attr in OPENING.get(call.value.id, ())
    )


def test_who_opens_persons_writes_it_down_or_says_why_not() -> None:
    silent = {name for name, writes in openers().items() if not writes}
    assert silent == set(SHOWN_TO_NOBODY)


def test_persons_are_opened_by_the_services_alone() -> None:
    assert {name.partition(".")[0] for name in openers()} == {"services"}
    for name, tree in modules("services"):
        if not name.startswith("services.vault"):
            taken = {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                and (node.module or "").startswith("nexus_portal.services.vault")
                for alias in node.names
            }
            # Called through its module only, where the test above sees it.
            assert not taken & {"open_many", "photo_bytes", "people", "address_of", "boxes", "Box"}, name
