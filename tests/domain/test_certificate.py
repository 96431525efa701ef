from datetime import UTC, datetime

import pytest

from nexus_portal.domain.certificate import ErasedOrder, document, read, signed_part
from nexus_portal.domain.errors import Invalid

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def erased(*, server_logs: bool = False) -> ErasedOrder:
    return ErasedOrder(
        serial=1,
        previous=None,
        issuer="https://portal.example.se",
        account_number="5560-0001",
        account_name="Björkskolan",
        order_number="2026-00417",
        erasure_id="01",
        persons_held=0,
        persons=2,
        photos=1,
        tokens=6,
        policy="request",
        role="orderer",
        decided_at=NOON,
        keys_destroyed_at=NOON,
        bytes_deleted_at=NOON,
        done_at=NOON,
        server_logs=server_logs,
    )


def test_copies_on_database_servers_are_named_where_there_are_servers() -> None:
    assert [copy["where"] for copy in document(erased(), "key")["copies"]] == ["backups"]
    served = document(erased(server_logs=True), "key")["copies"]
    assert [copy["where"] for copy in served] == ["backups", "server_logs"]


def test_the_signature_stands_for_everything_but_itself() -> None:
    said = document(erased(), "key")
    assert signed_part(said) == signed_part({**said, "signature": "x"})
    assert signed_part(said) != signed_part({**said, "key": "other"})


def test_a_certificate_is_read_whole_or_not_at_all() -> None:
    said = {**document(erased(), "key"), "signature": "x"}
    assert read(said) == said
    for part in said:
        with pytest.raises(Invalid):
            read({name: value for name, value in said.items() if name != part})
