"""Reading the PDFs that reportlab writes: what stands where on each page."""

import base64
import re
import zlib
from dataclasses import dataclass

from nexus_portal.adapters import print_fonts


@dataclass(frozen=True)
class Placed:
    """A line of text at a place in points from the lower left."""

    text: str
    x: float
    y: float
    size: float
    width: float


def contents(pdf: bytes) -> list[str]:
    """The drawing orders of each page."""
    objects = _objects(pdf)
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b", body)]
    streams = [int(re.findall(rb"/Contents (\d+) 0 R", page)[0]) for page in pages]
    return [_stream(objects[number]).decode("latin-1") for number in streams]


def texts(pdf: bytes) -> list[str]:
    """All that is written on each page."""
    return [" ".join(each.text for each in page) for page in text_places(pdf)]


def text_places(pdf: bytes) -> list[list[Placed]]:
    """What is written where, page by page."""
    letters = _letters(pdf)
    bold = {name: b"Bold" in font for name, font in _fonts(pdf).items()}
    pages: list[list[Placed]] = []
    for page in contents(pdf):
        found: list[Placed] = []
        for x, y, orders in re.findall(r"BT 1 0 0 1 ([\d.-]+) ([\d.-]+) Tm (.*?) T\* ET", page, re.DOTALL):
            said = re.findall(r"/(F[\d+]+) ([\d.]+) Tf|\(((?:\\.|[^\\)])*)\) Tj", orders, re.DOTALL)
            name, size, text, heavy = "", 0.0, "", False
            for font, points, string in said:
                if font:
                    name, size, heavy = font, float(points), bold[font]
                else:
                    text += "".join(letters[name].get(code, "?") for code in _codes(string))
            found.append(Placed(text, float(x), float(y), size, print_fonts.width(text, size, bold=heavy)))
        pages.append(found)
    return pages


def _codes(string: str) -> list[int]:
    def plain(match: re.Match[str]) -> str:
        escaped = match[1]
        return (
            chr(int(escaped, 8))
            if escaped.isdigit()
            else {"n": "\n", "r": "\r", "t": "\t"}.get(escaped, escaped)
        )

    return [ord(each) for each in re.sub(r"\\([0-7]{3}|.)", plain, string, flags=re.DOTALL)]


def _objects(pdf: bytes) -> dict[int, bytes]:
    return {int(n): body for n, body in re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL)}


def _stream(body: bytes) -> bytes:
    raw = re.findall(rb"stream\r?\n(.*?)endstream", body, re.DOTALL)[0]
    if b"ASCII85" in body:
        raw = base64.a85decode(raw.strip().removesuffix(b"~>"))
    return zlib.decompress(raw) if b"Flate" in body else raw


def _fonts(pdf: bytes) -> dict[str, bytes]:
    objects = _objects(pdf)
    named = {name.decode(): int(n) for name, n in re.findall(rb"/(F[\d+]+) (\d+) 0 R", pdf)}
    return {name: objects[n] for name, n in named.items()}


def _letters(pdf: bytes) -> dict[str, dict[int, str]]:
    objects = _objects(pdf)
    found: dict[str, dict[int, str]] = {}
    for name, font in _fonts(pdf).items():
        maps = re.findall(rb"/ToUnicode (\d+) 0 R", font)
        cmap = _stream(objects[int(maps[0])]).decode() if maps else ""
        pairs = re.findall(r"<([0-9A-Fa-f]{2})> <([0-9A-Fa-f]{4})>", cmap)
        found[name] = {int(code, 16): chr(int(letter, 16)) for code, letter in pairs}
    return found
