;; SPDX-License-Identifier: Apache-2.0
;; Guest `import-function`: imports a bare function, a type and a core module instead of an interface.
(component
  (import "host-call" (func $f (param "command" string) (result s32)))
  (import "code" (core module $code (export "run" (func (result i32)))))
  (core module $m (func (export "run") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "run" (core func $run))
  (func (export "run") (result u32) (canon lift (core func $run))))
