// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <net/socket_table.hh>

namespace osprey::net {

namespace {
constinit std::atomic<socket_table*> tables{nullptr};
}

void register_socket_table(socket_table& t) noexcept {
    t.next_ = tables.load(std::memory_order_relaxed);
    while (!tables.compare_exchange_weak(t.next_, &t, std::memory_order_release)) {
    }
}

socket_table* find_socket_table(u8 protocol) noexcept {
    socket_table* t = tables.load(std::memory_order_acquire);
    while (t && t->protocol != protocol)
        t = t->next_;
    return t;
}

}  // namespace osprey::net
