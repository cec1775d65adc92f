# SPDX-License-Identifier: Apache-2.0
# How the guests of the other languages are built; read by ../build, which runs each in its folder with $work to use.
# shellcheck shell=sh disable=SC2154,SC2164

# Debian's wasm-capable Rust without a ready-made std: std is built along, once (a minute), and kept in the cache.
lang_rust() {
    libc=$(dirname "$(dpkg -L wasi-libc | grep /crt1-reactor.o)")
    link="-C link-self-contained=no -C link-arg=$libc/crt1-reactor.o -L native=$libc"
    CARGO_TARGET_DIR=$cache/rust-target RUSTC_BOOTSTRAP=1 RUSTC=$(packaged rustc-web rustc) \
        CARGO_TARGET_WASM32_WASIP1_LINKER=wasm-ld-14 \
        CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS=$link \
        "$(packaged cargo-web cargo)" build --quiet --release --locked --offline -Z build-std=std,panic_abort \
        --target wasm32-wasip1 --manifest-path langs/rust/Cargo.toml
    "$maker" new "$cache/rust-target/wasm32-wasip1/release/guest_rust.wasm" "$work/out.wasm"
}

# Bindings, their library and our three packages in one module; see langs/go.
lang_go() {
    mkdir "$work/go"
    "$binder" go wit std-tools "$work/go"
    cp -r langs/go/export_* "$work/go/"
    cp -r "$(dirname "$binder")/gopkg" "$work/go/pkg"
    printf 'module go.bytecodealliance.org/pkg\n\ngo 1.25\n' >"$work/go/pkg/go.mod"
    echo 'replace go.bytecodealliance.org/pkg => ./pkg' >>"$work/go/go.mod"
    (
        cd "$work/go"
        GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local GOOS=wasip1 GOARCH=wasm "$(find_go)" build -buildvcs=false \
            -buildmode=c-shared -ldflags='-checklinkname=0 -s -w' -o "$work/core.wasm" .
    )
    "$maker" embed wit std-tools "$work/core.wasm" "$work/named.wasm"
    "$maker" new "$work/named.wasm" "$work/out.wasm"
}

lang_python() {
    cp langs/py/app.py "$work/"
    PYTHONPATH=$python_folder python3 -c 'import componentize_py; componentize_py.script()' \
        -d wit -w std-tools componentize -p "$work" app -o "$work/out.wasm" >/dev/null
}

# lang_js ENGINE WORLD FILE...
lang_js() {
    engine=$1 world=$2 here=$PWD
    shift 2
    (
        cd "$node_folder"
        for file; do
            set -- "$@" "$here/langs/js/$file"
            shift
        done
        "$(find_node)" "$here/langs/js/build.mjs" "$engine" "$here/wit" "$world" "$work/out.wasm" "$@"
    )
}

guest langs lang-rust langs/rust wit -- lang_rust
guest langs lang-go langs/go wit -- lang_go
guest langs lang-python langs/py wit -- lang_python
guest langs lang-qjs langs/js wit -- lang_js quickjs plain-tools tools.js
guest langs lang-js langs/js wit -- lang_js spidermonkey all-tools tools.js web.js
