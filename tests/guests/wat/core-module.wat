;; SPDX-License-Identifier: Apache-2.0
;; Not a component: a core module with an import of preview 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const 0))))
