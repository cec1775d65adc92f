;; SPDX-License-Identifier: Apache-2.0
;; Guest `unknown-import`: asks for an interface that no host has, with a name close to one that exists.
(component
  (import "wasi:filesystem/preopen@0.2.12" (instance $a (export "get-directories" (func (result u32)))))
  (alias export $a "get-directories" (func $f))
  (core func $lowered (canon lower (func $f)))
  (core module $m
    (import "" "f" (func $f (result i32)))
    (func (export "run") (result i32) (call $f)))
  (core instance $i (instantiate $m (with "" (instance (export "f" (func $lowered))))))
  (alias core export $i "run" (core func $run))
  (func (export "run") (result u32) (canon lift (core func $run))))
