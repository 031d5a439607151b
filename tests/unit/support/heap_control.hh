// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>

namespace test {

/// When not negative: how many more kernel allocations succeed.
extern std::atomic<long> allocations_left;

/// Makes allocations fail after `count` more, for a scope.
struct failing_heap {
    explicit failing_heap(long count) { allocations_left = count; }
    ~failing_heap() { allocations_left = -1; }
};

}  // namespace test
