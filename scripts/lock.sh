#!/usr/bin/env bash
# Writes the locks anew: requirements/*.txt from pyproject.toml, reflex.lock/ from the components that the pages use.
# What is locked already stays as it is; UPGRADE=1 takes the newest of everything.
set -euo pipefail
venv=${1:-.venv}
export UV_CUSTOM_COMPILE_COMMAND="make lock"

upgrade=()
if [[ -n ${UPGRADE:-} ]]; then upgrade=(--upgrade); fi

compile() {
    # No find-links and no index of this machine: hashes alone decide what may be installed.
    env -u UV_FIND_LINKS "$venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links "$@"
}

python_locks() {
    compile pyproject.toml ${upgrade[@]+"${upgrade[@]}"} --output-file requirements/runtime.txt
    compile pyproject.toml ${upgrade[@]+"${upgrade[@]}"} --group dev --constraint requirements/runtime.txt \
        --output-file requirements/dev.txt
    echo uv | compile - --constraint requirements/dev.txt --output-file requirements/bootstrap.txt
    bash scripts/install.sh "$venv"
}

front_end_lock() {
    local web
    # A folder of its own: a portal that is running keeps serving from .web.
    web=$(mktemp -d)
    trap 'rm -rf "$web"' RETURN
    if [[ -n ${UPGRADE:-} ]]; then rm -rf reflex.lock; fi
    # Twice: the second build starts from what the first one locked, and so writes it as every later build will.
    for pass in first second; do
        rm -rf "$web"
        echo "Front end, $pass build"
        REFLEX_WEB_WORKDIR=$web "$venv/bin/reflex" export --frontend-only --no-zip --env prod --loglevel warning
    done
    # An address can come from an environment variable of npm's that outranks .npmrc.
    if grep -q '"resolved"' reflex.lock/package-lock.json; then
        echo "reflex.lock names package addresses: unset npm_config_omit_lockfile_registry_resolved" >&2
        return 1
    fi
}

python_locks
front_end_lock
