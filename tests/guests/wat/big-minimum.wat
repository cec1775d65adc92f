;; SPDX-License-Identifier: Apache-2.0
;; Guest `big-minimum`: asks for 12 MiB at the start, more than the default limit: loading must say what to grant.
(component
  (core module $m
    (memory 192)
    (func (export "pages") (result i32) (memory.size)))
  (core instance $i (instantiate $m))
  (alias core export $i "pages" (core func $pages))
  (func (export "pages") (result u32) (canon lift (core func $pages))))
