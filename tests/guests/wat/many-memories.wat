;; SPDX-License-Identifier: Apache-2.0
;; Guest `many-memories`: eight memories, each of which grows until it is refused. A limit that counts each memory alone
;; lets it have eight times what it should. `grow` answers the pages of all together.
(component
  (core module $m
    (memory 1)
    (func (export "grow") (param $step i32) (result i32)
      (loop $again
        (br_if $again (i32.ne (i32.const -1) (memory.grow (local.get $step)))))
      (memory.size)))
  (core instance $a (instantiate $m))
  (core instance $b (instantiate $m))
  (core instance $c (instantiate $m))
  (core instance $d (instantiate $m))
  (core instance $e (instantiate $m))
  (core instance $f (instantiate $m))
  (core instance $g (instantiate $m))
  (core instance $h (instantiate $m))
  (core module $sum
    (import "a" "grow" (func $a (param i32) (result i32)))
    (import "b" "grow" (func $b (param i32) (result i32)))
    (import "c" "grow" (func $c (param i32) (result i32)))
    (import "d" "grow" (func $d (param i32) (result i32)))
    (import "e" "grow" (func $e (param i32) (result i32)))
    (import "f" "grow" (func $f (param i32) (result i32)))
    (import "g" "grow" (func $g (param i32) (result i32)))
    (import "h" "grow" (func $h (param i32) (result i32)))
    (func (export "grow") (param $step i32) (result i32)
      (if (i32.eqz (local.get $step)) (then (return (i32.const 0))))
      (i32.add
        (i32.add
          (i32.add (call $a (local.get $step)) (call $b (local.get $step)))
          (i32.add (call $c (local.get $step)) (call $d (local.get $step))))
        (i32.add
          (i32.add (call $e (local.get $step)) (call $f (local.get $step)))
          (i32.add (call $g (local.get $step)) (call $h (local.get $step)))))))
  (core instance $s (instantiate $sum
    (with "a" (instance $a)) (with "b" (instance $b)) (with "c" (instance $c)) (with "d" (instance $d))
    (with "e" (instance $e)) (with "f" (instance $f)) (with "g" (instance $g)) (with "h" (instance $h))))
  (alias core export $s "grow" (core func $grow))
  (func (export "grow") (param "step" u32) (result u32) (canon lift (core func $grow))))
