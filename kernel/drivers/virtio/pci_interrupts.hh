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

    /// @return the vector for the queue's register.
    result<u16> bind(arch::interrupt_handler handler, void* context) noexcept {
        for (u16 i = 0; i < used_; ++i)
            for (usize k = 0; k < vectors_[i].count; ++k)
                if (vectors_[i].members[k].handler == handler &&
                    vectors_[i].members[k].context == context)
                    return i;
        const u32 most = count_ < most_vectors ? count_ : most_vectors;
        const bool fresh = used_ < most;
        const u16 index = fresh ? used_ : static_cast<u16>(used_ - 1);
        shared& v = vectors_[index];
        const usize slot = v.count.load(std::memory_order_relaxed);
        if (slot == std::size(v.members))
            return errc::no_space;
        v.members[slot] = {handler, context};
        v.count.store(slot + 1, std::memory_order_release);
        if (fresh) {
            TRY_VOID(function_.bind_message(index, 0, run, &v, "virtio"));
            ++used_;
        }
        return index;
    }

    result<void> bind_wire(arch::interrupt_handler handler, void* context) noexcept {
        if (wired_)
            return ok;
        wired_ = true;
        return function_.bind_single(0, handler, context, "virtio");
    }

private:
    static constexpr u32 most_vectors = 6;
    struct shared {
        struct member {
            arch::interrupt_handler handler;
            void* context;
        };
        member members[34] = {};
        std::atomic<usize> count{0};
    };
    static void run(void* context) noexcept {
        auto& v = *static_cast<shared*>(context);
        const usize count = v.count.load(std::memory_order_acquire);
        for (usize i = 0; i < count; ++i)
            v.members[i].handler(v.members[i].context);
    }
    enum class state : u8 { unknown, messages, wire };
    bus::pci::function& function_;
    state state_ = state::unknown;
    bool wired_ = false;
    u32 count_ = 0;
    u16 used_ = 0;
    shared vectors_[most_vectors];
};

}  // namespace osprey::drivers::virtio
