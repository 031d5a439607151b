// SPDX-License-Identifier: BSD-3-Clause
#include <net/socket.hh>

namespace osprey::net {

namespace {
constexpr int families = 46;  // AF_MAX of Linux 6.1
constinit std::atomic<const family_operations*> known[families];
}  // namespace

void register_family(const family_operations& f) noexcept {
    known[f.family].store(&f, std::memory_order_release);
}

const family_operations* find_family(int family) noexcept {
    if (family < 0 || family >= families)
        return nullptr;
    return known[family].load(std::memory_order_acquire);
}

}  // namespace osprey::net
