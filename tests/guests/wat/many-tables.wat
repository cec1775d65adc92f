;; SPDX-License-Identifier: Apache-2.0
;; Guest `many-tables`: grows four tables until they are refused; `grow` answers the elements of all together.
(component
  (core module $m
    (table $a 1 funcref)
    (table $b 1 funcref)
    (table $c 1 funcref)
    (table $d 1 funcref)
    (func (export "grow") (param $step i32) (result i32)
      (if (i32.eqz (local.get $step)) (then (return (i32.const 0))))
      (loop $again (br_if $again (i32.ne (i32.const -1) (table.grow $a (ref.null func) (local.get $step)))))
      (loop $again (br_if $again (i32.ne (i32.const -1) (table.grow $b (ref.null func) (local.get $step)))))
      (loop $again (br_if $again (i32.ne (i32.const -1) (table.grow $c (ref.null func) (local.get $step)))))
      (loop $again (br_if $again (i32.ne (i32.const -1) (table.grow $d (ref.null func) (local.get $step)))))
      (i32.add (i32.add (table.size $a) (table.size $b)) (i32.add (table.size $c) (table.size $d)))))
  (core instance $i (instantiate $m))
  (alias core export $i "grow" (core func $grow))
  (func (export "grow") (param "step" u32) (result u32) (canon lift (core func $grow))))
