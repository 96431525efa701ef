"""What the demo's cards look like."""

from nexus_portal.domain.card_design import CARD_NUMBER, HEIGHT, WIDTH, Align, CardDesign, Element, Kind

_GREEN, _PALE_GREEN, _BLUE, _NIGHT, _WHITE, _QUIET = (
    "#2f7d5b",
    "#e3f1ea",
    "#3e63dd",
    "#1d2b63",
    "#ffffff",
    "#60646c",
)


def _box(kind: Kind, *place: float, **more: str | float | bool) -> Element:
    parts: dict[str, object] = {**dict(zip(("x", "y", "width", "height"), place, strict=True)), **more}
    return Element(kind=kind, **parts)  # pyright: ignore[reportArgumentType] - by name


SCHOOL = CardDesign(
    front=(
        _box(Kind.SHAPE, 0, 0, WIDTH, HEIGHT, colour=_PALE_GREEN),
        _box(Kind.SHAPE, 0, 0, WIDTH, 12, colour=_GREEN),
        _box(Kind.SHAPE, 5, 3.5, 5, 5, colour=_WHITE, radius=2.5),
        _box(Kind.TEXT, 12, 3, 60, 6, text="Björkskolan", size=11, bold=True, colour=_WHITE),
        _box(Kind.PHOTO, 5, 16.5, 23.4, 32, radius=1.5),
        _box(Kind.TEXT, 32, 18, 49, 7, field="name", size=14, bold=True),
        _box(Kind.TEXT, 32, 26.5, 49, 5, field="personal_number", size=9, colour=_QUIET),
        _box(Kind.SHAPE, 32, 34, 49, 0.3, colour=_GREEN),
        _box(Kind.TEXT, 32, 43, 49, 4.5, text="Elevlegitimation", size=8, bold=True, colour=_GREEN),
    ),
    back=(
        _box(Kind.SHAPE, 0, 46, WIDTH, 8, colour=_GREEN),
        _box(Kind.QR, 6, 7, 22, 22, field=CARD_NUMBER),
        _box(Kind.TEXT, 6, 31, 22, 4, field=CARD_NUMBER, size=7, align=Align.MIDDLE, colour=_QUIET),
        _box(Kind.TEXT, 33, 8, 48, 5, text="Upphittat kort?", size=9, bold=True),
        _box(Kind.TEXT, 33, 14, 48, 4, text="Lämna det på skolans expedition.", size=7, colour=_QUIET),
    ),
)
POWER = CardDesign(
    front=(
        _box(Kind.SHAPE, 0, 0, WIDTH, HEIGHT, colour=_NIGHT),
        _box(Kind.SHAPE, 0, 50, WIDTH, 4, colour=_BLUE),
        _box(Kind.TEXT, 5, 4.5, 60, 5, text="NORDHAMN ENERGI", size=9, bold=True, colour=_WHITE),
        _box(Kind.PHOTO, 5, 14, 23.4, 32, radius=1.5),
        _box(Kind.TEXT, 32, 15, 49, 7, field="name", size=14, bold=True, colour=_WHITE),
        _box(Kind.TEXT, 32, 23.5, 49, 5, field="department", size=9, colour="#c5d0f5"),
        _box(Kind.TEXT, 32, 41, 49, 4, field=CARD_NUMBER, size=7, colour="#c5d0f5"),
    ),
    back=(
        _box(Kind.SHAPE, 0, 5, WIDTH, 9, colour=_NIGHT),
        _box(Kind.BARCODE, 14, 20, 57.6, 13, field=CARD_NUMBER),
        _box(Kind.TEXT, 14, 34, 57.6, 4, field=CARD_NUMBER, size=8, align=Align.MIDDLE),
        _box(
            Kind.TEXT, 5, 45, 75.6, 4, text="Upphittat kort läggs på närmaste brevlåda.",
            size=7, align=Align.MIDDLE, colour=_QUIET,
        ),
    ),
)  # fmt: skip
