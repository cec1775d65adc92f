;; SPDX-License-Identifier: Apache-2.0
;; Guest `start-spin`: loops for ever while it is instantiated, before any function is called.
(component
  (core module $m
    (func $start (loop $again (br $again)))
    (start $start)
    (func (export "run") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "run" (core func $run))
  (func (export "run") (result u32) (canon lift (core func $run))))
