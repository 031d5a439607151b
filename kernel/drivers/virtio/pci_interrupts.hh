// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bus/pci.hh>

namespace osprey::drivers::virtio {

/// Interrupts of one virtio device on PCI: a message vector for each handler while there are
/// vectors, the last one shared by the rest; or the wire.
class pci_interrupts {
public:
    explicit pci_interrupts(bus::pci::function& f) noexcept : function_{f} {}

    /// Turns MSI-X on the first time. Legacy devices change their layout with it.
    [[nodiscard]] bool by_message() noexcept {
        if (state_ == state::unknown) {
            count_ = function_.message_vectors();
            state_ = count_ > 1 && function_.enable_messages() ? state::messages : state::wire;
        }
        return state_ == state::messages;
    }

    /// `cpu` counts for vectors that are not shared.
    /// @return the vector for the queue's register.
    result<u16> bind(u32 cpu, arch::interrupt_handler handler, void* context) noexcept {
        const binding wanted{handler, context};
        for (u16 i = 0; i < used_; ++i)
            if (own_[i] == wanted)
                return i;
        const u16 last = static_cast<u16>((count_ < most_vectors ? count_ : most_vectors) - 1);
        if (used_ < last) {
            TRY_VOID(function_.bind_message(used_, cpu, handler, context, "virtio"));
            own_[used_] = wanted;
            return used_++;
        }
        const usize slot = sharers_.load(std::memory_order_relaxed);
        for (usize i = 0; i < slot; ++i)
            if (shared_[i] == wanted)
                return last;
        if (slot == std::size(shared_))
            return errc::no_space;
        shared_[slot] = wanted;
        sharers_.store(slot + 1, std::memory_order_release);
        if (slot == 0)
            TRY_VOID(function_.bind_message(last, 0, run_shared, this, "virtio"));
        return last;
    }

    result<void> bind_wire(arch::interrupt_handler handler, void* context) noexcept {
        if (wired_)
            return ok;
        wired_ = true;
        return function_.bind_single(0, handler, context, "virtio");
    }

private:
    static constexpr u16 most_vectors = 66;
    struct binding {
        arch::interrupt_handler handler;
        void* context;
        bool operator==(const binding&) const = default;
    };
    static void run_shared(void* context) noexcept {
        auto& self = *static_cast<pci_interrupts*>(context);
        const usize count = self.sharers_.load(std::memory_order_acquire);
        for (usize i = 0; i < count; ++i)
            self.shared_[i].handler(self.shared_[i].context);
    }
    enum class state : u8 { unknown, messages, wire };
    bus::pci::function& function_;
    state state_ = state::unknown;
    bool wired_ = false;
    u32 count_ = 0;
    u16 used_ = 0;
    std::atomic<usize> sharers_{0};
    binding own_[most_vectors] = {};
    binding shared_[80] = {};
};

}  // namespace osprey::drivers::virtio
