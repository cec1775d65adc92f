;; SPDX-License-Identifier: Apache-2.0
;; A valid component that offers nothing.
(component)
