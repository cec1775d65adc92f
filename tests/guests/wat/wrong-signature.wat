;; SPDX-License-Identifier: Apache-2.0
;; Guest `wrong-signature`: imports a known function with types that are not its own.
(component
  (import "wasi:clocks/monotonic-clock@0.2.12" (instance $a (export "now" (func (param "zone" string) (result u32)))))
  (core module $m (func (export "run") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "run" (core func $run))
  (func (export "run") (result u32) (canon lift (core func $run))))
