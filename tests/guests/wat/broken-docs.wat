;; SPDX-License-Identifier: Apache-2.0
;; Guest `broken-docs`: five sections package-docs, none of them what it should be: an unknown version, nothing at all,
;; broken JSON, bytes that are not UTF-8, members of the wrong types. The tool still works, without a description.
(component
  (core module $m (func (export "run") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "run" (core func $run))
  (func (export "run") (result u32) (canon lift (core func $run)))
  (@custom "package-docs" "\09{}")
  (@custom "package-docs" "")
  (@custom "package-docs" "\01{\"worlds\":[[[[[[")
  (@custom "package-docs" "\01\ff\fe")
  (@custom "package-docs" "\01{\"worlds\":{\"w\":{\"func_exports\":[7],\"docs\":{}}},\"interfaces\":null}"))
