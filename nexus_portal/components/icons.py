"""Icons: always beside a text that says the same, so hidden from screen readers."""

import reflex as rx


def glyph(name: str, *, size: int = 15, tone: str = "", class_name: str = "") -> rx.Component:
    """A lucide icon of `size` px; `tone` names a Radix colour such as "green", else the text's own colour."""
    classes = ["glyph", *([f"tone-{tone}"] if tone else []), *([class_name] if class_name else [])]
    return rx.icon(name, size=size, class_name=" ".join(classes), aria_hidden="true")
