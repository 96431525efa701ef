"""An order waits above a limit, not at it; either limit is enough."""

import pytest

from nexus_portal.domain.approval import Approval, ApprovalRule, needs_approval

ABOVE = Approval.ABOVE


@pytest.mark.parametrize(
    ("rule", "cards", "price", "waits"),
    [
        (ApprovalRule(Approval.NEVER, 0, 0), 900, 10**9, False),
        (ApprovalRule(Approval.ALWAYS), 1, 0, True),
        (ApprovalRule(ABOVE, above_cards=10), 10, 10**9, False),
        (ApprovalRule(ABOVE, above_cards=10), 11, 0, True),
        (ApprovalRule(ABOVE, above_price=50_000), 900, 50_000, False),
        (ApprovalRule(ABOVE, above_price=50_000), 1, 50_001, True),
        (ApprovalRule(ABOVE, above_cards=10, above_price=50_000), 10, 50_001, True),
        (ApprovalRule(ABOVE, above_cards=10, above_price=50_000), 11, 50_000, True),
        (ApprovalRule(ABOVE, above_cards=10, above_price=50_000), 10, 50_000, False),
        (ApprovalRule(ABOVE, above_cards=0), 1, 0, True),
        (ApprovalRule(ABOVE), 900, 10**9, False),
    ],
)
def test_an_order_waits_above_a_limit(rule: ApprovalRule, cards: int, price: int, *, waits: bool) -> None:
    assert needs_approval(rule, cards=cards, price=price) is waits
