"""Names of browsers and systems, out of what a browser says of itself: to recognise one's own sessions."""

from ua_parser import parse_device, parse_os, parse_user_agent

_APPLE_HANDHELDS = ("iPhone", "iPad")
_SYSTEMS = {"Mac OS X": "macOS"}
# The library tells the same browser on a phone apart, which the system's name beside it says already.
_NOT_NAMES = ("Headless", "Mobile", "iOS", "WebView")


def named(agent: str) -> str:
    """Such as `Firefox, Windows`; empty when nothing is recognised."""
    browser, system = parse_user_agent(agent), parse_os(agent)
    if system is None:
        return ""
    return ", ".join(
        name for name in (_plain(browser.family) if browser else "", _system(agent, system.family)) if name
    )


def _system(agent: str, family: str) -> str:
    if family == "iOS":
        device = parse_device(agent)
        return device.family if device and device.family in _APPLE_HANDHELDS else family
    return _SYSTEMS.get(family, family)


def _plain(family: str) -> str:
    for word in _NOT_NAMES:
        family = family.replace(word, "")
    return " ".join(family.split())
