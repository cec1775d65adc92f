;; SPDX-License-Identifier: Apache-2.0
;; Guest `future-version`: imports WASI 0.3 and 1.0 interfaces, which are not the 0.2 ones of the same name.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $a (export "now" (func (result u64)))))
  (import "wasi:clocks/monotonic-clock@1.0.0" (instance $b (export "now" (func (result u64)))))
  (core module $m (func (export "run") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "run" (core func $run))
  (func (export "run") (result u32) (canon lift (core func $run))))
