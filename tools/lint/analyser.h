// SPDX-License-Identifier: Apache-2.0
// Read before every file that clang-tidy looks at. The analyser sees one file at a time: here it learns that a failure is -1.
#include "base/err.h"
#undef pn_fail
#undef pn_fail_errno
#define pn_fail(err, category, ...) ((void)pn_err_set((err), (category), 0, __func__, __VA_ARGS__), -1)
#define pn_fail_errno(err, ...) ((void)pn_err_set_errno((err), __func__, __VA_ARGS__), -1)
