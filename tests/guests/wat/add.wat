;; SPDX-License-Identifier: Apache-2.0
;; Guest `add`: two integers, no memory. A bare function at the top of the component, for benchmarks.
(component
  (core module $m
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m))
  (alias core export $i "add" (core func $add))
  (func (export "add") (param "a" s32) (param "b" s32) (result s32) (canon lift (core func $add))))
