// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory/vm_object.hh>

namespace osprey::memory {

/// Consecutive pages on their way from or to the pager.
struct vm_object::window {
    static constexpr usize capacity = 32;
    u64 first = 0;
    usize count = 0;
    frame* pages[capacity];
    void* data[capacity];

    void add(frame* f) noexcept {
        pages[count] = f;
        data[count++] = data_of(f);
    }
};

}  // namespace osprey::memory
