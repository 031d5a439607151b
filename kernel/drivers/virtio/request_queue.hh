// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/paging.hh>
#include <cstddef>
#include <drivers/virtio/transport.hh>
#include <sync/event.hh>
#include <sync/mutex.hh>
#include <sync/wait_queue.hh>

namespace osprey::drivers::virtio {

/// A queue for requests that somebody waits for: disks, entropy, output. Several threads may have
/// requests under way.
///
/// There is no thread of its own: the interrupt wakes one of the waiting threads, the *leader*,
/// which takes what is done from the ring, tells the others, and passes the lead on when its own
/// request was among them.
///
/// Locking: `mutex_` (rank block_device) guards ring, slots and lead; it is never held asleep.
class request_queue {
public:
    static constexpr u32 most_parts = 30;     // buffers of one request
    static constexpr u32 scratch_bytes = 64;  // for headers and status
    static constexpr u32 slots = 16;          // requests under way

    request_queue() noexcept = default;
    request_queue(const request_queue&) = delete;
    result<void> open(transport& device, u16 number) noexcept;

    /// The right to have one request under way, with memory that the device can reach.
    class ticket {
    public:
        explicit ticket(request_queue& queue) noexcept : queue_{queue}, slot_{queue.take_slot()} {}
        ticket(const ticket&) = delete;
        ~ticket() { queue_.give_slot(slot_); }
        [[nodiscard]] u8* scratch() const noexcept { return queue_.memory_of(slot_).scratch; }
        [[nodiscard]] u64 scratch_address() const noexcept {
            return raw(queue_.slot_memory_) + slot_ * sizeof(slot_memory) +
                   offsetof(slot_memory, scratch);
        }

    private:
        friend class request_queue;
        request_queue& queue_;
        const u32 slot_;
    };

    /// Has the device work on the buffers and sleeps until it is done. At most `most_parts` + 2
    /// buffers in all. Context: threads. @return bytes that the device wrote.
    u32 perform(ticket& t, std::span<const segment> device_reads,
                std::span<const segment> device_writes) noexcept;

private:
    struct slot_memory {
        descriptor table[most_parts + 2];
        u8 scratch[scratch_bytes];
    };
    struct slot {
        sync::event woken;
        bool in_flight = false;
        bool done = false;
        u32 bytes = 0;
    };
    slot_memory& memory_of(u32 slot) noexcept {
        return arch::direct<slot_memory>(slot_memory_)[slot];
    }
    u32 take_slot() noexcept;
    void give_slot(u32 slot) noexcept;
    void collect(u32 mine) noexcept;
    void pass_lead() noexcept;
    bool try_take_slot(u32& slot) noexcept;

    transport* device_ = nullptr;
    queue queue_;
    physical_address slot_memory_{};
    sync::mutex mutex_{sync::lock_rank::block_device};
    sync::wait_queue slot_free_, entry_free_;
    std::atomic<u32> free_slots_{(u32{1} << slots) - 1};
    std::atomic<u32> completions_{0};
    std::atomic<slot*> leader_{nullptr};  // whom the interrupt wakes
    slot slots_[slots];
};

}  // namespace osprey::drivers::virtio
