;; SPDX-License-Identifier: Apache-2.0
;; Guest `mixed-versions`: one interface imported three times at different 0.2.x versions, as tool chains do; all must
;; be the same host. `ordered` reads all three.
(component
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $a (export "now" (func (result u64)))))
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance $b (export "now" (func (result u64)))))
  (import "wasi:clocks/monotonic-clock@0.2.12" (instance $c (export "now" (func (result u64)))))
  (alias export $a "now" (func $a-now))
  (alias export $b "now" (func $b-now))
  (alias export $c "now" (func $c-now))
  (core func $a-core (canon lower (func $a-now)))
  (core func $b-core (canon lower (func $b-now)))
  (core func $c-core (canon lower (func $c-now)))
  (core module $m
    (import "" "a" (func $a (result i64)))
    (import "" "b" (func $b (result i64)))
    (import "" "c" (func $c (result i64)))
    ;; 1 when the three readings do not run backwards
    (func (export "ordered") (result i32)
      (local $first i64) (local $second i64)
      (local.set $first (call $a))
      (local.set $second (call $b))
      (i32.and
        (i64.le_u (local.get $first) (local.get $second))
        (i64.le_u (local.get $second) (call $c)))))
  (core instance $i (instantiate $m (with "" (instance
    (export "a" (func $a-core)) (export "b" (func $b-core)) (export "c" (func $c-core))))))
  (alias core export $i "ordered" (core func $ordered))
  (func (export "ordered") (result bool) (canon lift (core func $ordered))))
