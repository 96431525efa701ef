"""The orders of the demo. Every state of every axis is the end of one of them."""

from collections.abc import Sequence

from nexus_portal.demo.bureau_acts import (
    accept,
    advance,
    batch,
    close,
    credit,
    deliver,
    fail,
    hold,
    invoice,
    mark,
    pack,
    pack_accessory,
    pay,
    reconcile,
    reject,
    ship,
)
from nexus_portal.demo.customer_acts import (
    accessories,
    approve,
    ask_approval,
    block,
    cancel,
    draft,
    erase,
    order,
    terminate,
)
from nexus_portal.demo.designs import ACCESS_CARD, LANYARD, SCHOOL_ID
from nexus_portal.demo.play import Act, Story
from nexus_portal.demo.rights import protect
from nexus_portal.domain.lifecycles import BlockReason, Stage
from nexus_portal.domain.permissions import Role

Steps = Sequence[tuple[float, Act]]

DRAFTED: Steps = ((-0.1, draft),)
ORDERED: Steps = (*DRAFTED, (0, order))
ACCEPTED: Steps = (*ORDERED, (0.7, accept))
PRINTING: Steps = ((1.1, advance(Stage.ENCODING)), (1.2, advance(Stage.PRINTING)))
CHECKED: Steps = (*PRINTING, (1.3, advance(Stage.QC)))
MADE: Steps = (*ACCEPTED, (1.0, batch()), *CHECKED, (1.4, advance(Stage.PRODUCED)))
SHIPPED: Steps = (*MADE, (1.8, pack), (1.9, ship))
DELIVERED: Steps = (*SHIPPED, (3.6, deliver))
INVOICED: Steps = (*DELIVERED, (3.8, reconcile), (4.0, invoice))
PAID: Steps = (*INVOICED, (24, pay))

B = BlockReason

SCHOOL_STORIES = (
    Story(
        "erased", SCHOOL_ID, 6, "Class 9B, lost cards replaced", 210,
        (*PAID, (40, close), (60, erase(Role.PRIVACY_OFFICER))),
    ),
    Story(
        "blocked", SCHOOL_ID, 8, "Class 7A, new pupils", 112,
        (
            *PAID,
            (112 - 91, block(1, B.LOST)), (112 - 89, block(2, B.STOLEN)), (112 - 10, block(3, B.FORGOTTEN)),
            (112 - 20, terminate(4)),
        ),
    ),
    Story("closed", SCHOOL_ID, 2, "Substitute teachers, spring", 75, (*PAID, (30, close), (31, protect(1)))),
    Story("erasable", SCHOOL_ID, 5, "Class 8C, name changes", 40, INVOICED),
    Story("credited", SCHOOL_ID, 2, "Canteen staff", 33, (*INVOICED, (9, credit))),
    Story("cancelled", SCHOOL_ID, 3, "Summer school", 20, (*ORDERED, (0.2, cancel))),
    Story(
        "part_shipped", SCHOOL_ID, 4, "Class 6A, bus cards", 16,
        (
            *ACCEPTED, (1.0, batch(2)), *CHECKED, (1.4, advance(Stage.PRODUCED)), (1.8, pack), (1.9, ship),
            (2.0, batch(2)), (2.1, advance(Stage.ENCODING)), (2.2, advance(Stage.PRINTING)),
            (2.4, advance(Stage.QC)),
        ),
    ),
    Story(
        "returned", SCHOOL_ID, 6, "Moved families", 13,
        (
            *SHIPPED,
            *((5, mark(card, Stage.NOT_DELIVERED, "Nobody at the address")) for card in (1, 2, 3, 4)),
            (5.1, mark(5, Stage.DELIVERED)),
            *((8, mark(card, Stage.RETURNED)) for card in (1, 2, 3)),
            (9, mark(1, Stage.RESHIPPED)), (9.1, mark(2, Stage.DESTROYED, "Damaged on its way back")),
        ),
    ),
    Story(
        "accessories", SCHOOL_ID, 0, "Lanyards and card holders", 11,
        (
            (-0.1, accessories(B_201=240, B_202=60)), (0, order), (0.7, accept),
            (1.6, pack_accessory(LANYARD)), (1.9, ship), (3.4, deliver),
        ),
    ),
    Story("unbilled", SCHOOL_ID, 3, "Class 5B, new pupils", 9, MADE),
    Story(
        "on_hold", SCHOOL_ID, 2, "Exchange students", 7,
        (*ORDERED, (0.8, hold("The layout shows last year's logo. A new one is on its way from you."))),
    ),
    Story(
        "in_production", SCHOOL_ID, 6, "Class 4A, first cards", 6,
        (*ACCEPTED, (1.0, batch()), *PRINTING, (1.25, fail(5, "Ribbon tore, image smeared"))),
    ),
    Story(
        "rejected", SCHOOL_ID, 3, "Class 7C, new photos", 4,
        (*ORDERED, (0.5, reject("The photo of card 2 shows two faces. Send one of the pupil alone."))),
    ),
    Story("accepted", SCHOOL_ID, 2, "Leisure centre", 3, ACCEPTED),
    Story("submitted", SCHOOL_ID, 4, "Class 6C, lost cards", 1.5, ORDERED),
    Story("draft", SCHOOL_ID, 6, "Class 7D, from the register", 1, DRAFTED, spoiled=True),
)  # fmt: skip

POWER_STORIES = (
    Story("power_closed", ACCESS_CARD, 5, "Control room, shift A", 190, (*PAID, (45, close))),
    Story("power_blocked", ACCESS_CARD, 4, "Contractors, harbour site", 95, (*PAID, (85, block(2, B.LEFT)))),
    Story("power_paid", ACCESS_CARD, 3, "Summer substitutes", 60, PAID),
    Story(
        "power_erased", ACCESS_CARD, 3, "Consultants, project North", 45,
        (*PAID, (40, erase(Role.ORDERER))),
    ),
    Story("power_invoiced", ACCESS_CARD, 2, "New apprentices", 21, INVOICED),
    Story("power_shipped", ACCESS_CARD, 4, "Grid maintenance", 5, SHIPPED),
    Story("power_approved", ACCESS_CARD, 2, "Board visit", 4, (*DRAFTED, (0, ask_approval), (1, approve))),
    Story("power_waiting", ACCESS_CARD, 3, "Cleaning staff", 2, (*DRAFTED, (0, ask_approval))),
    Story("power_packed", ACCESS_CARD, 2, "Visitors, spare cards", 3.5, (*MADE, (1.8, pack))),
    Story(
        "power_encoding", ACCESS_CARD, 3, "Night shift", 2.5,
        (*ACCEPTED, (1.0, batch()), (1.1, advance(Stage.ENCODING))),
    ),
    Story("power_batched", ACCESS_CARD, 2, "Divers", 2.2, (*ACCEPTED, (1.0, batch()))),
    Story("power_submitted", ACCESS_CARD, 1, "Reception", 0.6, ORDERED),
)  # fmt: skip

STORIES = SCHOOL_STORIES + POWER_STORIES
