import json
from datetime import UTC, datetime, timedelta

import pytest

from nexus_portal.domain.certificate import EVERYTHING, ErasedOrder, document, parse, read, signed_part
from nexus_portal.domain.errors import Invalid

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def erased(*, server_logs: bool = False, key_copies: bool = False) -> ErasedOrder:
    return ErasedOrder(
        serial=1,
        previous=None,
        issuer="https://portal.example.se",
        account_number="5560-0001",
        account_name="Björkskolan",
        order_number="2026-00417",
        erasure_id="01",
        kinds=[EVERYTHING],
        card_items=2,
        persons_held=0,
        persons=2,
        photos=1,
        tokens=6,
        policy="request",
        days={},
        role="orderer",
        decided_at=NOON,
        keys_destroyed_at=NOON,
        bytes_deleted_at=NOON,
        done_at=NOON,
        key_copies_until=NOON + timedelta(days=7) if key_copies else None,
        server_logs=server_logs,
    )


def test_copies_on_database_servers_are_named_where_there_are_servers() -> None:
    assert [copy["where"] for copy in document(erased(), "key")["copies"]] == ["backups"]
    served = document(erased(server_logs=True), "key")["copies"]
    assert [copy["where"] for copy in served] == ["backups", "server_logs"]


def test_copies_of_the_key_store_are_named_with_their_end_where_they_are_made() -> None:
    copies = document(erased(key_copies=True), "key")["copies"]
    until = "2026-03-09T12:00:00.000000+00:00"
    assert copies[1] == {"where": "key_store_copies", "holds": "wrapped_keys", "until": until}


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


def test_one_of_the_first_version_is_read_without_what_came_later() -> None:
    first = {**document(erased(), "key"), "signature": "x", "version": 1}
    del first["left"]
    assert read(first) == first
    with pytest.raises(Invalid):
        read({**first, "version": 2})


@pytest.mark.parametrize("version", [0, 3, True, "2", None, 1.0])
def test_no_other_version_is_read(version: object) -> None:
    with pytest.raises(Invalid):
        read({**document(erased(), "key"), "signature": "x", "version": version})


def test_a_name_that_stands_twice_is_refused() -> None:
    text = json.dumps({**document(erased(), "key"), "signature": "x"})
    assert parse(text.encode())["order"] == "2026-00417"
    for twice in ('{"order": "2026-00001", ' + text[1:], text.replace('"photos"', '"persons": 9, "photos"')):
        with pytest.raises(Invalid):
            parse(twice.encode())


@pytest.mark.parametrize("text", [b"", b"\xff", b"[" * 100_000, b'{"at": NaN}', b"9" * 5000, b"null"])
def test_what_is_no_certificate_is_refused_whatever_it_is(text: bytes) -> None:
    with pytest.raises(Invalid):
        parse(text)
