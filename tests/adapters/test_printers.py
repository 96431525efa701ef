"""The bureau's printers, as the installation names them."""

import pytest

from nexus_portal.settings import PrinterProfile, SettingsError, read


def test_each_printer_has_its_bleed() -> None:
    named = read({"NEXUS_PRINTERS": "Retransfer = 1.5; Direct to card=0;"})
    assert named.printers == (PrinterProfile("Retransfer", 1.5), PrinterProfile("Direct to card", 0.0))
    assert read({}).printers


@pytest.mark.parametrize("wrong", ["", ";", "Retransfer", "=1", "One=-1", "One=x", "One=9", "One=1;One=2"])
def test_a_printer_without_a_name_or_a_bleed_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="NEXUS_PRINTERS"):
        read({"NEXUS_PRINTERS": wrong})
