#!/usr/bin/env bash
# Prints the first Python on this machine that is new enough for Tally and able to make a virtual environment.
set -euo pipefail

for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 /usr/bin/python3 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
echo "Tally needs Python 3.11 or newer with its venv module; set PYTHON=/path/to/python3 if it has another name." >&2
exit 1
