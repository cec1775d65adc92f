;; SPDX-License-Identifier: Apache-2.0
;; Guest `resource`: functions with a resource in their result, in their argument and inside a list, beside one that is
;; fine. The fine one is a tool; the others are listed as not callable.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "make") (result i32) (i32.const 7))
    (func (export "take") (param i32))
    (func (export "make-many") (result i32) (i32.const 64))
    (func (export "fine") (result i32) (i32.const 42)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "make" (core func $make-core))
  (alias core export $i "take" (core func $take-core))
  (alias core export $i "make-many" (core func $many-core))
  (alias core export $i "fine" (core func $fine-core))
  (type $handle (resource (rep i32)))
  (core func $new (canon resource.new $handle))
  (core module $wrap
    (import "m" "make" (func $make (result i32)))
    (import "h" "new" (func $new (param i32) (result i32)))
    (func (export "make") (result i32) (call $new (call $make))))
  (core instance $h (export "new" (func $new)))
  (core instance $w (instantiate $wrap (with "m" (instance $i)) (with "h" (instance $h))))
  (alias core export $w "make" (core func $make-wrapped))
  (export $exported "handle" (type $handle))
  (func (export "make") (result (own $exported)) (canon lift (core func $make-wrapped)))
  (func (export "take") (param "it" (own $exported)) (canon lift (core func $take-core)))
  (func (export "make-many") (result (list (own $exported))) (canon lift (core func $many-core) (memory $memory)))
  (func (export "fine") (result u32) (canon lift (core func $fine-core))))
