;; SPDX-License-Identifier: Apache-2.0
;; Guest `big-sum`: two memories of 6 MiB. Each is within the default limit, the sum is not.
(component
  (core module $m
    (memory 96)
    (func (export "pages") (result i32) (memory.size)))
  (core instance $i (instantiate $m))
  (core instance $j (instantiate $m))
  (alias core export $i "pages" (core func $pages))
  (alias core export $j "pages" (core func $more))
  (func (export "pages") (result u32) (canon lift (core func $pages)))
  (func (export "more-pages") (result u32) (canon lift (core func $more))))
