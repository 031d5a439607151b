// SPDX-License-Identifier: BSD-3-Clause
#include <base/assert.hh>
#include <cstdio>
#include <cstdlib>

void osprey::panic(const char* message, std::source_location where) noexcept {
    std::fprintf(stderr, "%s:%u: panic: %s\n", where.file_name(), where.line(), message);
    std::abort();
}
