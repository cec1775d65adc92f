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

# python APP WIT WORLD
python() {
    cp "$1" "$work/app.py"
    PYTHONPATH=$python_folder python3 -c 'import componentize_py; componentize_py.script()' \
        -d "$2" -w "$3" componentize -p "$work" app -o "$work/out.wasm" >/dev/null
}

# javascript ENGINE WIT WORLD FILE...
javascript() {
    engine=$1 wit=$PWD/$2 world=$3 here=$PWD
    shift 3
    (
        cd "$node_folder"
        for file; do
            set -- "$@" "$here/$file"
            shift
        done
        "$(find_node)" "$here/langs/js/build.mjs" "$engine" "$wit" "$world" "$work/out.wasm" "$@"
    )
}

guest langs lang-rust langs/rust wit -- lang_rust
guest langs lang-go langs/go wit -- lang_go
guest langs lang-python langs/py wit -- python langs/py/app.py wit std-tools
guest langs lang-qjs langs/js wit -- javascript quickjs wit plain-tools langs/js/tools.js
guest langs lang-js langs/js wit -- javascript spidermonkey wit all-tools langs/js/tools.js langs/js/web.js
guest langs examples/words "$examples/words" -- python "$examples/words/app.py" "$examples/words/wit" words
guest langs examples/weather-js "$examples/weather-js" langs/js/build.mjs -- \
    javascript spidermonkey "$examples/weather-js/wit" weather-js "$examples/weather-js/weather.js"
