"""What a file is by its first bytes, whatever its name says."""

from enum import Enum, auto


class FileKind(Enum):
    """Kinds of files that customers are known to send."""

    JPEG = auto()
    PNG = auto()
    HEIC = auto()
    OTHER_IMAGE = auto()
    PDF = auto()
    ZIP = auto()
    OTHER_ARCHIVE = auto()
    OLD_OFFICE = auto()
    PROTECTED_OFFICE = auto()
    MARKUP = auto()
    UNKNOWN = auto()


_BEGINNINGS: tuple[tuple[bytes, FileKind], ...] = (
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"GIF8", FileKind.OTHER_IMAGE),
    (b"II*\x00", FileKind.OTHER_IMAGE),
    (b"MM\x00*", FileKind.OTHER_IMAGE),
    (b"%PDF", FileKind.PDF),
    (b"PK\x03\x04", FileKind.ZIP),
    (b"PK\x05\x06", FileKind.ZIP),
    (b"Rar!\x1a\x07", FileKind.OTHER_ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", FileKind.OTHER_ARCHIVE),
    (b"\x1f\x8b\x08", FileKind.OTHER_ARCHIVE),
    (b"{\\rtf", FileKind.MARKUP),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ISO_BRANDS = {
    b"avif": FileKind.OTHER_IMAGE,
    **dict.fromkeys((b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1"), FileKind.HEIC),
}
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<head", b"<body", b"<meta", b"<style")


def kind_of(data: bytes) -> FileKind:
    """The kind by content; `UNKNOWN` may still be text."""
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data.startswith(_OLE):
        return FileKind.PROTECTED_OFFICE if _OLE_ENCRYPTED in data else FileKind.OLD_OFFICE
    if data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        return FileKind.MARKUP
    return _image_kind(data)


def _image_kind(data: bytes) -> FileKind:
    if data[4:8] == b"ftyp":
        return _ISO_BRANDS.get(data[8:12], FileKind.UNKNOWN)
    # "BM" begins words too: a bitmap's header holds zeros where text has letters.
    bitmap = data.startswith(b"BM") and data[6:10] == bytes(4)
    web_image = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    return FileKind.OTHER_IMAGE if bitmap or web_image else FileKind.UNKNOWN
