// SPDX-License-Identifier: BSD-3-Clause
// `retire` for tests without RCU: keeps everything until the test says that readers are gone.
#include "retire_list.hh"

#include <mutex>
#include <utility>

namespace {
std::mutex lock;
osprey::retired* first;
}  // namespace

void osprey::retire(retired& head, void (*function)(retired*)) noexcept {
    std::lock_guard guard{lock};
    head.function = function;
    head.next = first;
    first = &head;
}

std::size_t test::free_retired() {
    std::size_t count = 0;
    for (;;) {
        osprey::retired* taken;
        {
            std::lock_guard guard{lock};
            taken = std::exchange(first, nullptr);
        }
        if (!taken)
            return count;
        // Without the lock: what is freed may retire something itself.
        while (auto* head = taken) {
            taken = head->next;
            head->function(head);
            ++count;
        }
    }
}
