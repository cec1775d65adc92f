# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# What the scripts of this folder share. Sourced from the root of the checkout.

say() {
    printf '\n== %s\n' "$*" >&2
}

die() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || die "$1 needs root: run this as root or install sudo"
        sudo "$@"
    fi
}

# Installs the packages named that are missing, in one go.
apt_need() {
    missing=
    for p in "$@"; do
        dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
    done
    [ -n "$missing" ] || return 0
    say "installing:$missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

# A cargo that is new enough, or Debian's.
need_cargo() {
    for c in cargo "$HOME/.cargo/bin/cargo"; do
        command -v "$c" >/dev/null 2>&1 || continue
        v=$("$c" --version | sed 's/^cargo \([0-9]*\)\.\([0-9]*\).*/\1 \2/')
        # shellcheck disable=SC2086
        set -- $v
        if [ "$1" -gt 1 ] || [ "$2" -ge 95 ]; then
            CARGO=$c
            RUSTC=$(dirname "$(command -v "$c")")/rustc
            command -v "$RUSTC" >/dev/null 2>&1 || RUSTC=rustc
            export CARGO RUSTC
            return 0
        fi
    done
    apt_need rustc-web cargo-web
    CARGO=$(dpkg -L cargo-web | grep '/bin/cargo$' | head -n 1)
    RUSTC=$(dpkg -L rustc-web | grep '/bin/rustc$' | head -n 1)
    export CARGO RUSTC
}
