;; SPDX-License-Identifier: Apache-2.0
;; Guest `same-names`: tool names that collide after mapping, shadow built-in tools, or are the extra exports `init` and
;; `exports` that some tool chains add and that are no tools.
(component
  (core module $m
    (func (export "one") (result i32) (i32.const 1))
    (func (export "two") (result i32) (i32.const 2)))
  (core instance $i (instantiate $m))
  (alias core export $i "one" (core func $one-core))
  (alias core export $i "two" (core func $two-core))
  (func $one (result u32) (canon lift (core func $one-core)))
  (func $two (result u32) (canon lift (core func $two-core)))
  (instance $first (export "run" (func $one)))
  (instance $second (export "run" (func $two)))
  (export "a:b-c/d@1.0.0" (instance $first))
  (export "a:b-c/d@1.1.0" (instance $second))
  (instance $init (export "init" (func $one)))
  (export "exports" (instance $init))
  (export "init" (func $two))
  (export "load-component" (func $one))
  (export "reset-permission" (func $two))
  (export "A-B" (func $one)))
