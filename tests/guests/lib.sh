# SPDX-License-Identifier: Apache-2.0
# Shared by setup and build: where the tools of the guests are, and how to find out.
# shellcheck shell=sh disable=SC2034

guests=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/postern/guest-tools

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# First 16 hex digits of the SHA-256 of some files: the name of what is made from them.
digest_of() {
    cat "$@" | sha256sum | cut -c1-16
}

# A cargo of 1.95 or newer: the user's own, or Debian's cargo-web. Prints nothing when there is none.
find_cargo() {
    for candidate in "$(command -v cargo || true)" "$(packaged cargo-web cargo)"; do
        [ -n "$candidate" ] || continue
        if version_at_least "$("$candidate" --version 2>/dev/null | cut -d' ' -f2)" 1.95; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

# The path of a program that a Debian package keeps outside PATH.
packaged() {
    dpkg -L "$1" 2>/dev/null | grep "/bin/$2\$" | head -n 1 || true
}

version_at_least() {
    [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

maker_sources="$guests/maker/Cargo.toml $guests/maker/Cargo.lock $guests/maker/src/main.rs"
# shellcheck disable=SC2086
maker=$cache/maker-$(digest_of $maker_sources)/guest-maker
