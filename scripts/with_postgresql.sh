#!/usr/bin/env bash
# Runs a command with a PostgreSQL to test on: the one that NEXUS_TEST_POSTGRESQL names, else the one that answers at
# 127.0.0.1:5432, else one started for this command alone, from Debian's package, which root installs if need be.
set -euo pipefail
port=54329

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

programs() {
    local initdb
    initdb=$(command -v initdb || find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -n 1)
    [[ -n $initdb ]] && dirname "$(readlink -f "$initdb")"
}

# PostgreSQL refuses to run as root.
unprivileged() { if [[ $EUID -eq 0 ]]; then runuser -u postgres -- "$@"; else "$@"; fi; }

if [[ -n ${NEXUS_TEST_POSTGRESQL:-} ]] || answers 5432; then
    exec "$@"
fi

if ! bin=$(programs) && [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
    echo "No PostgreSQL yet: apt-get install postgresql" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update >&2 && apt-get install --yes --no-install-recommends postgresql >&2
    bin=$(programs) || true
fi
if [[ -z $bin ]]; then
    echo "No PostgreSQL to test on: install postgresql, or name one in NEXUS_TEST_POSTGRESQL." >&2
    exec "$@"
fi

cluster=$(unprivileged mktemp -d)
trap 'unprivileged "$bin/pg_ctl" --pgdata "$cluster/data" --mode immediate stop >/dev/null; rm -rf "$cluster"' EXIT
unprivileged "$bin/initdb" --pgdata "$cluster/data" --username postgres --auth trust --no-sync >/dev/null
unprivileged "$bin/pg_ctl" --pgdata "$cluster/data" --log "$cluster/log" --wait \
    --options "-c listen_addresses=127.0.0.1 -p $port -k $cluster -c fsync=off" start >/dev/null
NEXUS_TEST_POSTGRESQL="postgresql://postgres@127.0.0.1:$port/postgres" "$@"
