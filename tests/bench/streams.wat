;; SPDX-License-Identifier: Apache-2.0
;; Moves bytes through wasi:io/streams in pieces of a given size, and counts them. Every list lands in the same place: the memory
;; it is read into and written from stays in the cache, so that what is measured is the way in and out.
(component
  (import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
  (alias export $errors "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "error" (type $e (eq $error)))
    (type $failure' (variant (case "last-operation-failed" (own $e)) (case "closed")))
    (export "stream-error" (type $failure (eq $failure')))
    (export "input-stream" (type $i (sub resource)))
    (export "output-stream" (type $o (sub resource)))
    (export "[method]input-stream.blocking-read"
      (func (param "self" (borrow $i)) (param "len" u64) (result (result (list u8) (error $failure)))))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $o)) (param "contents" (list u8)) (result (result (error $failure)))))))
  (alias export $streams "input-stream" (type $in))
  (alias export $streams "output-stream" (type $out))
  (alias export $streams "[method]input-stream.blocking-read" (func $read))
  (alias export $streams "[method]output-stream.blocking-write-and-flush" (func $write))
  (core module $store
    (memory (export "memory") 4)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536)))
  (core instance $s (instantiate $store))
  (alias core export $s "memory" (core memory $memory))
  (alias core export $s "realloc" (core func $realloc))
  (core func $read' (canon lower (func $read) (memory $memory) (realloc $realloc)))
  (core func $write' (canon lower (func $write) (memory $memory)))
  (core module $code
    (import "io" "memory" (memory 4))
    (import "io" "read" (func $read (param i32 i64 i32)))
    (import "io" "write" (func $write (param i32 i32 i32 i32)))
    (func (export "pull") (param $from i32) (param $size i32) (param $times i32) (result i64)
      (local $sum i64)
      (loop $again
        (call $read (local.get $from) (i64.extend_i32_u (local.get $size)) (i32.const 16))
        (if (i32.load8_u (i32.const 16)) (then (unreachable)))
        (local.set $sum (i64.add (local.get $sum) (i64.load32_u (i32.const 24))))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br_if $again (local.get $times)))
      (local.get $sum))
    (func (export "push") (param $to i32) (param $size i32) (param $times i32) (result i64)
      (local $sum i64)
      (loop $again
        (call $write (local.get $to) (i32.const 65536) (local.get $size) (i32.const 16))
        (if (i32.load8_u (i32.const 16)) (then (unreachable)))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $size))))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br_if $again (local.get $times)))
      (local.get $sum)))
  (core instance $c (instantiate $code (with "io" (instance
    (export "memory" (memory $memory)) (export "read" (func $read')) (export "write" (func $write'))))))
  (alias core export $c "pull" (core func $pull))
  (alias core export $c "push" (core func $push))
  (func (export "pull") (param "from" (own $in)) (param "size" u32) (param "times" u32) (result u64)
    (canon lift (core func $pull)))
  (func (export "push") (param "to" (own $out)) (param "size" u32) (param "times" u32) (result u64)
    (canon lift (core func $push))))
