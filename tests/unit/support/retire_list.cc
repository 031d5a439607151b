// SPDX-License-Identifier: BSD-3-Clause
// `retire` for tests without RCU: keeps everything until the test says that readers are gone.
#include "retire_list.hh"

#include <mutex>

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
    for (;; ++count) {
        osprey::retired* head;
        {
            std::lock_guard guard{lock};
            head = first;
            if (!head)
                return count;
            first = head->next;
        }
        head->function(head);  // may retire others
    }
}
