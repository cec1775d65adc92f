// SPDX-License-Identifier: Apache-2.0
// Does a function type of a component have the shape that a host function was written for? The letters: link.h.
#pragma once
#include <stdbool.h>
#include <wasmtime.h>
#include <wasmtime/component.h>

bool pn_signature_matches(const char *signature, const wasmtime_component_func_type_t *type);
