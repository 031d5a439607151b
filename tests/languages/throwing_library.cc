// SPDX-License-Identifier: BSD-3-Clause
// The shared object that cxx_exceptions.cc throws through.
#include "throwing_library.hh"

#include <string>

thread_local int calls_of_this_thread = 0;

library_error::library_error(int depth) : std::runtime_error{"depth " + std::to_string(depth)} {}

int throw_at(int depth, int (*callback)(int)) {
    struct counted {
        counted() { ++calls_of_this_thread; }
        ~counted() { --calls_of_this_thread; }
    } guard;
    if (depth == 0)
        throw library_error{calls_of_this_thread};
    return callback(depth - 1) + 1;
}
