"""Print the path of a browser for the journeys; with `--install`, install one where that needs no question.

Looked for in this order: NEXUS_BROWSER, chromium, google-chrome, the one that Playwright downloaded.
Exit code 1 and one line that says what to do where there is none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HELP = (
    "No browser for the journeys: install one with `apt-get install chromium` (as root) or "
    "`.venv/bin/playwright install --with-deps chromium`, or name one in NEXUS_BROWSER."
)


def named() -> str | None:
    """Return the browser that the environment names."""
    name = os.environ.get("NEXUS_BROWSER")
    if name is None or shutil.which(name):
        return name
    sys.exit(f"NEXUS_BROWSER={name}: no such program.")


def of_the_machine() -> str | None:
    """Return the browser that is installed as a program."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def of_playwright() -> str | None:
    """Return the browser that Playwright keeps for itself, if it was downloaded."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - starts a process: only when asked for

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.is_file() else None


def installed() -> str | None:
    """Install Debian's Chromium where we may, and return it."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
    ):
        sys.stderr.write(f"No browser yet: {' '.join(command)}\n")
        if subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode != 0:
            return None
    return of_the_machine()


def main() -> None:
    """Find, else install if asked to, else say how."""
    browser = named() or of_the_machine() or of_playwright()
    if browser is None and "--install" in sys.argv[1:]:
        browser = installed()
    if browser is None:
        sys.exit(HELP)
    print(browser)


if __name__ == "__main__":
    main()
