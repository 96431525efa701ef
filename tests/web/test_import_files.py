"""Files for a draft through the door: out as an attachment that nobody keeps, in from its orderer alone."""

from dataclasses import replace

import pytest

from nexus_portal.adapters import clock
from nexus_portal.domain.permissions import Role
from nexus_portal.services import csrf, import_results
from nexus_portal.services.use_case import perform
from nexus_portal.web import import_files, multipart, uploads
from tests import samples
from tests.ordering_helpers import Desk, desk, staff, with_bad_number
from tests.web.test_uploads import PERSON, Door
from tests.world import World


@pytest.fixture
def orders(world: World) -> Desk:
    return desk(world)


@pytest.fixture
def door(orders: Desk) -> Door:
    return Door(orders, [*uploads.routes, *import_files.routes])


@pytest.mark.parametrize(("kind", "start"), [("csv", "\ufeffRow;Name".encode()), ("xlsx", b"PK")])
def test_rows_to_mend_are_taken_away_and_kept_by_nobody(
    orders: Desk, door: Door, kind: str, start: bytes
) -> None:
    number = orders.draft([with_bad_number(staff(1)[0])])
    answer = door.ask("GET", f"/orders/{number}/rows-to-mend.{kind}")
    assert answer.content.startswith(start)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == f'attachment; filename="{number}.{kind}"'
    assert door.ask("GET", f"/orders/{number}/rows-to-mend.exe").status_code == 404
    assert door.ask("GET", f"/orders/{number}/all-rows.{kind}").content.startswith(start)


def test_mended_rows_and_photos_come_in(orders: Desk, door: Door) -> None:
    [person] = staff(1)
    number = orders.draft([with_bad_number(person)], photo=None)
    table = perform(
        import_results.rows_to_mend, orders.orderer, number=number, kind="csv", language="en"
    ).decode("utf-8-sig")
    wrong = with_bad_number(person).personal_number
    right = table.replace(wrong, person.personal_number)
    assert right != table
    sent = door.send("/imports/mended", spreadsheet=right.encode(), draft=number)
    assert sent.json() == {"next": f"/orders/{number}"}
    late = samples.photos_of([person])
    sent = door.send("/imports/photos", headers=PERSON, photos=late, draft=number)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/orders/{number}")
    assert orders.view(number).ready == 1


def test_others_are_refused(orders: Desk, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    number = orders.draft([with_bad_number(staff(1)[0])])
    assert door.send("/imports/mended", spreadsheet=b"x", csrf="0" * 64, draft=number).status_code == 422
    door.actor = desk(orders.world).orderer
    assert door.ask("GET", f"/orders/{number}/rows-to-mend.csv").status_code == 404
    door.actor = orders.colleague
    assert door.ask("GET", f"/orders/{number}/rows-to-mend.csv").status_code == 403
    monkeypatch.setattr(multipart, "receiving", None)
    for actor, status in ((None, 401), (orders.world.person(Role.AUDITOR, orders.account), 403)):
        door.actor = actor
        assert door.ask("GET", f"/orders/{number}/rows-to-mend.csv").status_code == status
        for path in ("/imports/mended", "/imports/photos"):
            assert door.send(path, spreadsheet=b"x", draft=number).status_code == status


def test_many_rows_are_taken_by_a_form_with_a_second_factor(orders: Desk, door: Door) -> None:
    number = orders.draft([with_bad_number(person) for person in staff(51)])
    for kind in ("csv", "xlsx"):
        assert door.ask("GET", f"/orders/{number}/rows-to-mend.{kind}").status_code == 403
    token = {"csrf": csrf.token(orders.orderer.session_id)}
    path = f"/orders/{number}/rows-to-mend.csv"
    refused = door.ask("POST", path, data=token)
    assert (refused.status_code, refused.headers["location"]) == (303, f"/orders/{number}")
    assert door.ask("POST", path, data={"csrf": "0" * 64}).status_code == 422
    door.actor = replace(orders.orderer, stepped_up_at=clock.now())
    answer = door.ask("POST", path, data=token)
    assert answer.headers["content-disposition"] == f'attachment; filename="{number}.csv"'
    assert answer.content.count(b"\r\n") == 52
    assert door.ask("GET", path).status_code == 200
