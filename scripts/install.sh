#!/usr/bin/env bash
# Fills the virtual environment with exactly what the lock names. uv first, since it takes seconds; pip where uv
# cannot (it reads neither pip's configuration nor PIP_* variables, so a mirror or a proxy may be known to pip alone).
set -euo pipefail
venv=${1:-.venv}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            command -v "$candidate"
            return
        fi
    done
    echo "Nexus Portal needs Python 3.11 or newer; name one with PYTHON=/path/to/python3 make install" >&2
    return 1
}

if [[ ! -x $venv/bin/python ]]; then
    "$(find_python)" -m venv "$venv"
fi

with_uv() {
    "$venv/bin/python" -m pip install --quiet --require-hashes --requirement requirements/bootstrap.txt &&
        "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes --requirement requirements/dev.txt
}

with_pip() {
    echo "uv could not install the lock; pip does it, which takes longer." >&2
    "$venv/bin/python" -m pip install --quiet --require-hashes --requirement requirements/dev.txt
}

with_uv || with_pip
"$venv/bin/python" -m pip install --quiet --no-build-isolation --no-deps --no-index --editable .
