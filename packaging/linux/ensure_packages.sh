#!/usr/bin/env bash
# Makes sure the Debian packages named in the given list files are installed.
#
# As root on Debian (or a relative of it) the missing ones are installed without a question. Anyone else gets one
# sentence that names them, and the build goes on: the list is generous, and most desktops have nearly all of it.
# Usage: ensure_packages.sh LIST...
set -euo pipefail

[ "$(uname -s)" = Linux ] || exit 0

wanted=$(sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' -- "$@" | sort -u)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is not Debian: if something is missing, look for what your system calls:" $wanted >&2
    exit 0
fi

missing_packages() {
    local installed
    # A package may go by another name and "provide" the old one, so both columns count.
    installed=$(dpkg-query -W -f '${db:Status-Abbrev}|${Package}, ${Provides}\n' | sed -n 's/^.i[^|]*|//p' |
        tr ',' '\n' | sed -e 's/(.*//' -e 's/[[:space:]]//g' | sort -u)
    comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed") | tr '\n' ' '
}

missing=$(missing_packages)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "Not installed, please install as root: apt-get install $missing" >&2
    exit 0
fi

echo "Installing: $missing"
export DEBIAN_FRONTEND=noninteractive
apt_options=(-q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
apt-get "${apt_options[@]}" update || echo "The package lists could not all be fetched; trying with those at hand." >&2
# shellcheck disable=SC2086  # one word per package
apt-get "${apt_options[@]}" install -y --no-install-recommends $missing >/dev/null || true

missing=$(missing_packages)
[ -z "$missing" ] || echo "Could not be installed: $missing" >&2
