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
    std::lock_guard guard{lock};
    std::size_t count = 0;
    while (first) {
        auto* head = first;
        first = head->next;
        head->function(head);
        ++count;
    }
    return count;
}
