// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>

namespace osprey::drivers {

/// Ports of one kind. They are few, come at boot or when the host adds one, and never go away: a
/// slot is written once. Context: any.
template <typename Port, usize Most>
class port_table {
public:
    static constexpr usize most = Most;

    /// @return false: all places are taken.
    [[nodiscard]] bool add(Port& port) noexcept {
        const usize slot = count_.fetch_add(1, std::memory_order_relaxed);
        if (slot >= Most)
            return false;
        slots_[slot].store(&port, std::memory_order_release);
        return true;
    }
    /// The first one for which `wanted` holds, or null.
    template <typename Predicate>
    [[nodiscard]] Port* find(Predicate&& wanted) const noexcept {
        for (const auto& slot : slots_)
            if (Port* port = slot.load(std::memory_order_acquire); port && wanted(*port))
                return port;
        return nullptr;
    }

private:
    std::atomic<Port*> slots_[Most] = {};
    std::atomic<usize> count_{0};
};

}  // namespace osprey::drivers
