"""Every action of the audit log has words, and no words are left over."""

import ast
import re

from nexus_portal.domain.audit_words import ACTIONS, GROUPS, actions_of
from nexus_portal.services.production import STEPS
from nexus_portal.services.shipping import MARKS
from tests.architecture.source import modules

NO_ACTIONS = {"photo:original", "photo:crop"}
"""Texts of the services that look like an action and are names of fields in the vault."""
NAMES_OF_POINTS = {"backup", "inbox", "master", "replay", "restore"}
"""What the points are called at which tests end a backup, a restoring, a rotation or the taking of files."""
_ACTION = re.compile(r"[a-z_]+:[a-z_-]+")
COMPUTED = {"batch": STEPS.values(), "cards": MARKS}
"""Actions that end with the stage that somebody led cards to."""


def written() -> set[str]:
    """Every action that the services and the demo write down."""
    found: set[str] = set()
    for name, tree in modules("services", "demo"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                permission = name == "services.use_case"
                found |= {node.value} if _ACTION.fullmatch(node.value) and not permission else set()
            if isinstance(node, ast.JoinedStr) and (thing := _thing(node)):
                found |= {f"{thing}:{stage}" for stage in COMPUTED[thing]}
    return {each for each in found if each.partition(":")[0] not in NAMES_OF_POINTS} - NO_ACTIONS


def _thing(text: ast.JoinedStr) -> str:
    first, *rest = text.values
    begins = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    return begins[:-1] if rest and re.fullmatch(r"[a-z_]+:", begins) else ""


def test_every_action_has_words_and_no_words_are_left_over() -> None:
    assert written() == set(ACTIONS)


def test_every_action_is_in_one_group() -> None:
    grouped = [action for group in GROUPS for action in actions_of(group)]
    assert sorted(grouped) == sorted(ACTIONS)
