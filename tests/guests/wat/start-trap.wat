;; SPDX-License-Identifier: Apache-2.0
;; Guest `start-trap`: traps while it is instantiated.
(component
  (core module $m
    (func $start (unreachable))
    (start $start)
    (func (export "run") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "run" (core func $run))
  (func (export "run") (result u32) (canon lift (core func $run))))
