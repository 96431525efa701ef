"""What is changed, and by which tests that has to be noticed. All run on SQLite, the quicker of the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.mutants.making import ROOT

SQLITE = ("-k", "not postgresql")


@dataclass(frozen=True, slots=True)
class Area:
    """Modules that belong together, by patterns under `nexus_portal`, and what tests them, under `tests`."""

    modules: tuple[str, ...]
    tested_by: tuple[str, ...]

    def paths(self) -> Sequence[str]:
        """The modules by their paths from the root."""
        found = [path for pattern in self.modules for path in (ROOT / "nexus_portal").glob(pattern)]
        return [str(path.relative_to(ROOT)) for path in sorted(set(found))]

    def tests(self) -> Sequence[str]:
        """The tests by their paths from the root."""
        return [f"tests/{name}.py" for name in self.tested_by]


AREAS: Mapping[str, Area] = {
    "permissions": Area(
        ("domain/permissions.py", "services/use_case.py", "services/tenancy.py", "services/grants.py"),
        (
            "architecture/test_permissions",
            "domain/test_roles",
            "services/test_team",
            "services/test_team_roles",
            "services/test_tenancy",
        ),
    ),
    "retention": Area(
        ("domain/retention.py", "services/retention*.py", "services/blocked_cards.py", "services/sweeps.py"),
        (
            "domain/test_retention",
            "services/test_accessories",
            "services/test_blocked_cards",
            "services/test_countdowns",
            "services/test_guards_in_between",
            "services/test_retention",
            "services/test_retention_parts",
            "services/test_retention_sweep",
        ),
    ),
    "erasure": Area(
        ("domain/erasable.py", "services/erasure*.py", "services/erasures_open.py"),
        (
            "domain/test_erasable",
            "services/test_accessories",
            "services/test_certificates",
            "services/test_corrections",
            "services/test_erasure",
            "services/test_erasure_audit",
            "services/test_erasure_between",
            "services/test_erasure_facts",
            "services/test_erasure_many",
            "services/test_erasure_parts",
            "services/test_guards_in_between",
            "services/test_holds",
            "services/test_order_again",
            "services/test_rectification",
            "services/test_restores",
        ),
    ),
    "vault": Area(
        (
            "adapters/account_keys.py",
            "adapters/keystore*.py",
            "adapters/sealing.py",
            "adapters/tombstones.py",
            "services/vault*.py",
        ),
        (
            "adapters/test_keystore",
            "adapters/test_sealing",
            "services/test_application_door",
            "services/test_applications",
            "services/test_customer_setup",
            "services/test_file_removal",
            "services/test_file_store",
            "services/test_guards_in_between",
            "services/test_holder_links",
            "services/test_master_key",
            "services/test_order_again",
            "services/test_people",
            "services/test_person_package",
            "services/test_protection",
            "services/test_protection_marks",
            "services/test_protection_way",
            "services/test_rectification",
            "services/test_restores",
            "services/test_vault",
            "services/test_vault_care",
            "services/test_vault_files",
            "services/test_vault_parts",
            "services/test_vault_proof",
        ),
    ),
}
