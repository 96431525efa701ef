"""What changed between two texts reads like it was written by a person."""

from nexus_portal.domain.text_changes import Change, Part, Piece, SectionChange, changes

SAME, ADDED, REMOVED = Change.SAME, Change.ADDED, Change.REMOVED


def part(text: str, anchor: str = "one", title: str = "One") -> Part:
    return Part(anchor, title, tuple(text.split("\n")))


def pieces(before: str, after: str) -> list[tuple[Change, str]]:
    [section] = changes([part(before)], [part(after)])
    assert section.change is Change.CHANGED
    return [(piece.change, piece.text) for piece in section.pieces]


def test_what_stays_is_not_told() -> None:
    assert changes([part("As it was.")], [part("As it was.")]) == ()


def test_words_that_came_and_went_stand_where_they_are() -> None:
    assert pieces("Kept for ten days and no longer.", "Kept for thirty days and no longer.") == [
        (SAME, "Kept for "),
        (REMOVED, "ten"),
        (ADDED, "thirty"),
        (SAME, " days and no longer."),
    ]


def test_two_words_between_changes_change_with_them() -> None:
    assert pieces("The bureau may erase it here.", "The customer may erase it there.") == [
        (SAME, "The "),
        (REMOVED, "bureau"),
        (ADDED, "customer"),
        (SAME, " may erase it "),
        (REMOVED, "here."),
        (ADDED, "there."),
    ]
    assert pieces("Old may never stay.", "New may always stay.") == [
        (REMOVED, "Old may never"),
        (ADDED, "New may always"),
        (SAME, " stay."),
    ]


def test_a_line_that_came_keeps_its_break() -> None:
    assert pieces("First line.", "First line.\nSecond line.") == [
        (SAME, "First line."),
        (ADDED, "\nSecond line."),
    ]


def test_a_section_that_came_or_went_is_whole() -> None:
    old, new = part("Gone.", "old", "Old"), part("Come.\nTwice.", "new", "New")
    assert changes([old], [new]) == (
        SectionChange("new", "New", ADDED, (Piece(ADDED, "Come.\nTwice."),)),
        SectionChange("old", "Old", REMOVED, (Piece(REMOVED, "Gone."),)),
    )


def test_another_title_is_a_change_though_the_text_is_the_same() -> None:
    [section] = changes([part("Same words here.")], [part("Same words here.", title="Two")])
    assert section.title == "Two"
    assert [(piece.change, piece.text) for piece in section.pieces] == [
        (REMOVED, "One"),
        (ADDED, "Two"),
        (SAME, "\nSame words here."),
    ]


def test_nothing_is_lost_of_either_text() -> None:
    before, after = "A b c d.\nE f g h i j.", "A x c d.\nE f y h i j.\nK."
    found = pieces(before, after)
    assert "".join(text for change, text in found if change is not ADDED) == before
    assert "".join(text for change, text in found if change is not REMOVED) == after
