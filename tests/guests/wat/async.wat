;; SPDX-License-Identifier: Apache-2.0
;; Guest `async`: an async function, a stream and a future in signatures, beside a function that is fine.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 1))
    (func (export "one") (param i32) (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "run" (core func $run))
  (alias core export $i "one" (core func $one))
  (type $bytes (stream u8))
  (type $later (future string))
  (func (export "fine") (result u32) (canon lift (core func $run)))
  (func (export "take-stream") (param "from" $bytes) (result u32) (canon lift (core func $one)))
  (func (export "give-stream") (result $bytes) (canon lift (core func $run)))
  (func (export "take-future") (param "from" $later) (result u32) (canon lift (core func $one))))
