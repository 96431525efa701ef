"""Names of browsers and systems."""

import pytest

from nexus_portal.adapters import devices

HANDHELD = "Mozilla/5.0"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (f"{WINDOWS} Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        (f"{WINDOWS} AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/18.0 Safari/605.1", "Safari, macOS"),
        (
            f"{HANDHELD} (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0.0.0 Safari/537.36", "Chrome, Linux"),
        (
            f"{HANDHELD} (iPad; CPU OS 17_5 like Mac OS X) CriOS/126.0 Mobile/15E148 Safari/604.1",
            "Chrome, iPad",
        ),
        ("curl/8.5", ""),
        ("Mozilla/5.0 " + "(" * 190, ""),
        ("", ""),
    ],
)
def test_is_recognised(agent: str, name: str) -> None:
    assert devices.named(agent) == name
