;; SPDX-License-Identifier: Apache-2.0
;; Guest `echo`: one string in, the same string out. The smallest real tool, for benchmarks.
(component
  (core module $m
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    ;; A bump allocator that grows the memory; every call has a fresh instance, so nothing is ever freed.
    (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32) (local $end i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (local.set $end (i32.add (local.get $at) (local.get $size)))
      (if (i32.gt_u (local.get $end) (i32.shl (memory.size) (i32.const 16)))
        (then
          (if (i32.eq (i32.const -1)
                (memory.grow (i32.add (i32.const 1)
                  (i32.shr_u (i32.sub (local.get $end) (i32.shl (memory.size) (i32.const 16))) (i32.const 16)))))
            (then (unreachable)))))
      (global.set $top (local.get $end))
      (local.get $at))
    ;; The result is a pointer to (address, length): the argument itself.
    (func (export "echo") (param $at i32) (param $len i32) (result i32)
      (i32.store (i32.const 8) (local.get $at))
      (i32.store (i32.const 12) (local.get $len))
      (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "cabi_realloc" (core func $realloc))
  (alias core export $i "echo" (core func $echo))
  (func $lifted (param "text" string) (result string) (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (instance $tools (export "echo" (func $lifted)))
  (export "test:guests/echo@0.1.0" (instance $tools)))
