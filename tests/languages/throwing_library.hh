// SPDX-License-Identifier: BSD-3-Clause
#pragma once
#include <stdexcept>

extern thread_local int calls_of_this_thread;

struct library_error : std::runtime_error {
    explicit library_error(int depth);
};

/// Calls back and forth `depth` times, then throws library_error.
int throw_at(int depth, int (*callback)(int));
