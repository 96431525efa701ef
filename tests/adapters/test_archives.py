import io
import stat
import tracemalloc
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_portal.adapters.archives import Limits, photos_in
from nexus_portal.domain.errors import Invalid
from tests.samples import archive_bytes, jpeg_bytes, people, photos_of, png_bytes

PHOTO = jpeg_bytes(60, 82)
MEGABYTE = 1024 * 1024


def refusal_of(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Invalid) as refusal:
        photos_in(data, limits)
    return str(refusal.value)


def reasons_in(data: bytes, limits: Limits | None = None) -> dict[str, str]:
    return {skipped.name: str(skipped.reason) for skipped in photos_in(data, limits).skipped}


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_photos_are_read_by_their_base_name_in_any_case() -> None:
    archive = photos_in(archive_bytes([("bilder/2024/Åsa.JPG", PHOTO), ("b\\Bo.png", png_bytes(60, 82))]))
    assert archive.names == ("Åsa.JPG", "Bo.png")
    assert archive.skipped == ()
    assert archive.read("åsa.jpg") == PHOTO
    assert archive.read(unicodedata.normalize("NFD", "Åsa.jpg")) == PHOTO
    assert archive.read("bo.PNG") == png_bytes(60, 82)


def test_a_photo_that_is_not_there_is_refused() -> None:
    with pytest.raises(Invalid):
        photos_in(archive_bytes([("a.jpg", PHOTO)])).read("b.jpg")


def test_a_whole_school_class() -> None:
    persons = people(25)
    assert photos_in(photos_of(persons)).names == tuple(person.photo for person in persons)


def test_letters_of_a_mac_and_of_dos_are_both_understood() -> None:
    name = "Åsa Öberg.jpg".encode()
    data = archive_bytes([("A" * len(name), PHOTO)]).replace(b"A" * len(name), name)
    assert photos_in(data).names == ("Åsa Öberg.jpg",)
    dos = "Åsa Öberg.jpg".encode("cp850")
    data = archive_bytes([("A" * len(dos), PHOTO)]).replace(b"A" * len(dos), dos)
    assert photos_in(data).names == ("Åsa Öberg.jpg",)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/a.jpg",
        "bilder/../../a.jpg",
        "..\\a.jpg",
        "/etc/a.jpg",
        "\\\\server\\share\\a.jpg",
        "C:\\a.jpg",
        "c:a.jpg",
    ],
)
def test_paths_that_lead_out_are_skipped_and_nothing_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    before = set(tmp_path.rglob("*"))
    archive = photos_in(archive_bytes([(name, PHOTO), ("good.jpg", PHOTO)]))
    assert archive.read("good.jpg") == PHOTO
    assert archive.names == ("good.jpg",)
    assert "leads out" in str(archive.skipped[0].reason)
    assert "/" not in archive.skipped[0].name
    assert "\\" not in archive.skipped[0].name
    assert set(tmp_path.rglob("*")) == before


def test_links_and_devices_are_skipped() -> None:
    data = archive_bytes(
        [
            (entry("link.jpg", stat.S_IFLNK | 0o777), b"/etc/passwd"),
            (entry("device.jpg", stat.S_IFCHR | 0o600), b""),
            (entry("file.jpg", stat.S_IFREG | 0o600), PHOTO),
        ]
    )
    assert photos_in(data).names == ("file.jpg",)
    assert set(reasons_in(data)) == {"link.jpg", "device.jpg"}


def test_encrypted_and_oddly_packed_entries_are_skipped() -> None:
    data = bytearray(archive_bytes([("a.jpg", PHOTO)]))
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    assert "password" in reasons_in(bytes(data))["a.jpg"]
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "unusual" in reasons_in(archive_bytes([("a.jpg", PHOTO)], compression=method))["a.jpg"]


def test_names_with_hidden_characters_are_skipped_and_shown_harmlessly() -> None:
    data = archive_bytes([("a\u202egpj.jpg", PHOTO), ("B" * 300 + ".jpg", PHOTO), ("nulXx.jpg", PHOTO)])
    data = data.replace(b"nulX", b"nul\0")
    names = list(reasons_in(data))
    assert photos_in(data).names == ()
    assert len(names) == 3
    assert all(name.isprintable() and len(name) <= 255 for name in names)


def test_other_files_are_skipped_with_a_reason() -> None:
    data = archive_bytes(
        [("lista.xlsx", b"x"), ("more.zip", b"x"), ("IMG_1.HEIC", b"x"), ("a.jpg", PHOTO), ("none", b"x")]
    )
    reasons = reasons_in(data)
    assert "not a JPEG or PNG" in reasons["lista.xlsx"]
    assert "within the archive" in reasons["more.zip"]
    assert "Save it as JPEG" in reasons["IMG_1.HEIC"]
    assert set(reasons) == {"lista.xlsx", "more.zip", "IMG_1.HEIC", "none"}


def test_what_systems_add_on_their_own_is_not_worth_a_word() -> None:
    litter = ["__MACOSX/._a.jpg", "bilder/", "bilder/.DS_Store", "Thumbs.db", "._b.jpg", "desktop.ini"]
    archive = photos_in(archive_bytes([(name, b"") for name in litter] + [("a.jpg", PHOTO)]))
    assert archive.names == ("a.jpg",)
    assert archive.skipped == ()


def test_a_name_in_two_folders_is_reported_and_not_guessed() -> None:
    archive = photos_in(archive_bytes([("1/a.jpg", PHOTO), ("2/A.JPG", PHOTO), ("b.jpg", PHOTO)]))
    assert archive.names == ("b.jpg",)
    assert archive.duplicates == ("a.jpg",)
    with pytest.raises(Invalid):
        archive.read("a.jpg")


def test_a_bomb_is_skipped_and_costs_nothing() -> None:
    data = archive_bytes(
        [("bomb.jpg", bytes(4 * MEGABYTE)), ("huge.jpg", bytes(6 * MEGABYTE)), ("a.jpg", PHOTO)]
    )
    reasons = reasons_in(data)
    assert "far more" in reasons["bomb.jpg"]
    assert "5 MB" in reasons["huge.jpg"]


def test_a_lie_about_the_size_does_not_unpack_more() -> None:
    data = bytearray(archive_bytes([("a.jpg", bytes(60 * MEGABYTE))]))
    central = data.index(b"PK\x01\x02")
    for place in (22, central + 24):
        data[place : place + 4] = (900_000).to_bytes(4, "little")
    archive = photos_in(bytes(data))
    tracemalloc.start()
    with pytest.raises(Invalid):
        archive.read("a.jpg")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * MEGABYTE


def test_the_sum_of_all_photos_is_limited() -> None:
    data = archive_bytes([(f"{number}.jpg", PHOTO) for number in range(5)])
    assert "far more" in refusal_of(data, Limits(max_total_bytes=4 * len(PHOTO)))


def test_too_many_entries_are_refused_before_they_are_listed() -> None:
    data = archive_bytes([(f"{number}.jpg", b"") for number in range(2_001)])
    assert "2000" in refusal_of(data, Limits(max_entries=2_000))
    assert len(photos_in(data, Limits(max_entries=2_001)).names) == 2_001


def test_an_archive_may_be_too_large_as_a_whole() -> None:
    assert "larger than 0 MB" in refusal_of(archive_bytes([("a.jpg", PHOTO)]), Limits(max_bytes=10))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a ZIP"),
        (b"%PDF-1.7", "not a ZIP"),
        (PHOTO, "single photo"),
        (b"Rar!\x1a\x07\x01\x00", "not a ZIP file. Pack"),
        (archive_bytes([]), "empty"),
        (archive_bytes([("folder/", b"")]), "empty"),
        (archive_bytes([("a.jpg", PHOTO)])[:200], "damaged"),
    ],
)
def test_what_is_no_archive_of_photos_is_named(data: bytes, words: str) -> None:
    assert words in refusal_of(data)


def test_a_damaged_photo_is_refused_when_it_is_read() -> None:
    data = bytearray(archive_bytes([("a.jpg", PHOTO), ("b.jpg", PHOTO)], compression=zipfile.ZIP_STORED))
    data[100] ^= 0xFF
    archive = photos_in(bytes(data))
    with pytest.raises(Invalid, match="damaged"):
        archive.read("a.jpg")
    assert archive.read("b.jpg") == PHOTO


SAMPLE = archive_bytes([("a.jpg", b"abc"), ("b/c.png", b"defg" * 9)])


@given(
    st.binary(max_size=200)
    | st.binary(max_size=80).map(lambda data: b"PK\x03\x04" + data)
    | st.tuples(st.integers(0, len(SAMPLE)), st.binary(max_size=6)).map(
        lambda change: SAMPLE[: change[0]] + change[1] + SAMPLE[change[0] + len(change[1]) :]
    )
)
def test_any_bytes_give_photos_or_a_refusal(data: bytes) -> None:
    try:
        archive = photos_in(data)
        for name in archive.names:
            archive.read(name)
    except Invalid:
        return
    assert all(skipped.name.isprintable() for skipped in archive.skipped)


def test_the_test_archives_are_what_they_seem() -> None:
    with zipfile.ZipFile(io.BytesIO(SAMPLE)) as archive:
        assert archive.testzip() is None
