// SPDX-License-Identifier: BSD-3-Clause
#include <bit>
#include <drivers/virtio/request_queue.hh>
#include <memory/frame.hh>
#include <trace/tracepoint.hh>

namespace osprey::drivers::virtio {

result<void> request_queue::open(transport& device, u16 number) noexcept {
    device_ = &device;
    slot_memory_ = TRY(memory::allocate_contiguous(sizeof(slot_memory) * slots));
    return device.open_queue(
        queue_, number, 128,
        [](void* context) noexcept {
            auto& self = *static_cast<request_queue*>(context);
            if (slot* leader = self.leader_.load(std::memory_order_acquire))
                leader->woken.signal();  // slots live as long as the queue
        },
        this);
}

bool request_queue::try_take_slot(u32& slot) noexcept {
    u32 free = free_slots_.load(std::memory_order_relaxed);
    while (free != 0) {
        slot = static_cast<u32>(std::countr_zero(free));
        if (free_slots_.compare_exchange_weak(free, free & ~(1u << slot),
                                              std::memory_order_acquire))
            return true;
    }
    return false;
}

u32 request_queue::take_slot() noexcept {
    u32 slot = 0;
    while (!try_take_slot(slot))
        (void)slot_free_.wait([this] { return free_slots_.load() != 0; },
                              sched::wait_mode::uninterruptible);
    return slot;
}

void request_queue::give_slot(u32 slot) noexcept {
    free_slots_.fetch_or(1u << slot, std::memory_order_seq_cst);
    slot_free_.wake_one();
}

TRACEPOINT(virtio, virtio_collect, trace::address queue);
/// Takes what the device is done with; wakes all whose requests were, but the caller.
void request_queue::collect(u32 mine) noexcept {
    TRACE(virtio_collect, this);
    bool any = false;
    while (auto done = queue_.entries.take()) {
        slot& s = slots_[done->token % slots];
        s.bytes = done->bytes;
        s.done = true;
        s.in_flight = false;
        any = true;
        if (done->token != mine)
            s.woken.signal();
    }
    if (any) {
        completions_.fetch_add(1, std::memory_order_seq_cst);
        entry_free_.wake_all();
    }
}

void request_queue::pass_lead() noexcept {
    for (auto& s : slots_) {
        if (s.in_flight) {
            leader_.store(&s, std::memory_order_release);
            s.woken.signal();
            return;
        }
    }
    leader_.store(nullptr, std::memory_order_release);
}

TRACEPOINT(virtio, virtio_wait_for_queue, trace::address queue);
u32 request_queue::perform(ticket& t, std::span<const segment> device_reads,
                           std::span<const segment> device_writes) noexcept {
    TRACE(virtio_wait_for_queue, this);
    slot& mine = slots_[t.slot_];
    for (bool added = false; !added;) {
        const u32 seen = completions_.load(std::memory_order_acquire);
        {
            sync::lock_guard guard{mutex_};
            if (queue_.entries.can_use_indirect())
                added = queue_.entries.add_indirect(
                    memory_of(t.slot_).table, raw(slot_memory_) + t.slot_ * sizeof(slot_memory),
                    device_reads, device_writes, t.slot_);
            else
                added = queue_.entries.add(device_reads, device_writes, t.slot_);
            if (added) {
                mine.done = false;
                mine.in_flight = true;
                if (queue_.entries.publish())
                    device_->notify(queue_);
                break;
            }
        }
        (void)entry_free_.wait([&] { return completions_.load() != seen; },
                               sched::wait_mode::uninterruptible);
    }
    for (;;) {
        {
            sync::lock_guard guard{mutex_};
            collect(t.slot_);
            slot* leader = leader_.load(std::memory_order_relaxed);
            if (mine.done) {
                if (leader == &mine)
                    pass_lead();
                return mine.bytes;
            }
            if (!leader || leader == &mine) {
                leader_.store(&mine, std::memory_order_release);
                if (!queue_.entries.enable_interrupt())
                    continue;
            }
        }
        (void)mine.woken.wait();
    }
}

}  // namespace osprey::drivers::virtio
