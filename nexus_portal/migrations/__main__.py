"""Write the next revision from the models: `python -m nexus_portal.migrations "what changes"`.

The models are compared with a fresh SQLite database at the newest revision. Read what comes out before
committing it: what autogenerate cannot see (triggers, policies, moving data) is written by hand.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from nexus_portal.adapters import schema


def main() -> None:
    """Write the file and give it the house's format."""
    versions = Path(__file__).parent / "versions"
    number = f"{len(schema.revisions()) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.db"
        schema.upgrade(url)
        schema.write_revision(url, " ".join(sys.argv[1:]) or "change", number)
    written = sorted(str(path) for path in versions.glob(f"{number}_*.py"))
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *written], check=True)  # noqa: S603 - our own files
    sys.stdout.write("\n".join(written) + "\n")


if __name__ == "__main__":
    main()
