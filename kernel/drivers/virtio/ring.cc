// SPDX-License-Identifier: BSD-3-Clause
#include <drivers/virtio/ring.hh>

namespace osprey::drivers::virtio {
namespace {
constexpr u16 no_interrupt = 1;  // flag of the driver's area
constexpr u16 no_notify = 1;     // flag of the device's area
}  // namespace

void ring::open(void* memory, u16 entries, u64 features) noexcept {
    auto* bytes = static_cast<u8*>(memory);
    entries_ = free_ = entries;
    table_ = reinterpret_cast<descriptor*>(bytes);
    available_ = reinterpret_cast<available_area*>(bytes + driver_area());
    used_ = reinterpret_cast<used_area*>(bytes + device_area());
    indirect_ = features >> feature_indirect & 1;
    event_index_ = features >> feature_event_index & 1;
    for (u16 i = 0; i < entries; ++i)
        table_[i].next = static_cast<u16>(i + 1);
}

u16 ring::avail_event() const noexcept {
    auto* place = reinterpret_cast<u16*>(used_->ring + entries_);
    return std::atomic_ref{*place}.load(std::memory_order_relaxed);
}

u16 ring::take_entry() noexcept {
    const u16 entry = first_free_;
    first_free_ = table_[entry].next;
    --free_;
    return entry;
}

void ring::make_available(u16 head, u16 length, u32 token) noexcept {
    chains_[head] = {token, length};
    available_->ring[next_available_ & (entries_ - 1)] = head;
    ++next_available_;
}

bool ring::add(std::span<const segment> device_reads, std::span<const segment> device_writes,
               u32 token) noexcept {
    const usize count = device_reads.size() + device_writes.size();
    if (count == 0 || count > free_)
        return false;
    u16 head = 0;
    for (usize i = 0; i < count; ++i) {
        const bool written = i >= device_reads.size();
        const segment& s = written ? device_writes[i - device_reads.size()] : device_reads[i];
        const u16 entry = take_entry();
        table_[entry] = {s.address, s.bytes,
                         static_cast<u16>((written ? descriptor_device_writes : 0) |
                                          (i + 1 < count ? descriptor_chained : 0)),
                         first_free_};
        if (i == 0)
            head = entry;
    }
    make_available(head, static_cast<u16>(count), token);
    return true;
}

bool ring::add_indirect(descriptor* table, u64 table_address, std::span<const segment> device_reads,
                        std::span<const segment> device_writes, u32 token) noexcept {
    const usize count = device_reads.size() + device_writes.size();
    if (count == 0 || free_ == 0)
        return false;
    for (usize i = 0; i < count; ++i) {
        const bool written = i >= device_reads.size();
        const segment& s = written ? device_writes[i - device_reads.size()] : device_reads[i];
        table[i] = {s.address, s.bytes,
                    static_cast<u16>((written ? descriptor_device_writes : 0) |
                                     (i + 1 < count ? descriptor_chained : 0)),
                    static_cast<u16>(i + 1)};
    }
    const u16 entry = take_entry();
    table_[entry] = {table_address, static_cast<u32>(count * sizeof(descriptor)),
                     descriptor_indirect, first_free_};
    make_available(entry, 1, token);
    return true;
}

bool ring::publish() noexcept {
    const u16 before = published_;
    if (before == next_available_)
        return false;
    published_before_ = before;
    std::atomic_ref{available_->index}.store(next_available_, std::memory_order_release);
    published_ = next_available_;
    // The device's wish must be read after it can see the new index (§2.7.13.4.1)
    fence();
    if (event_index_)
        return static_cast<u16>(published_ - avail_event() - 1) <
               static_cast<u16>(published_ - before);
    return !(std::atomic_ref{used_->flags}.load(std::memory_order_relaxed) & no_notify);
}

std::optional<ring::completion> ring::take() noexcept {
    for (;;) {
        const u16 seen = seen_.load(std::memory_order_relaxed);
        if (std::atomic_ref{used_->index}.load(std::memory_order_acquire) == seen)
            return std::nullopt;
        const used_entry done = used_->ring[seen & (entries_ - 1)];
        seen_.store(static_cast<u16>(seen + 1), std::memory_order_relaxed);
        if (done.id >= entries_ || chains_[done.id].length == 0)
            continue;
        chain& c = chains_[done.id];
        // The entries of a chain are linked already: hang them before the free ones
        u16 last = static_cast<u16>(done.id);
        for (u16 i = 1; i < c.length; ++i)
            last = table_[last].next;
        table_[last].next = first_free_;
        first_free_ = static_cast<u16>(done.id);
        free_ = static_cast<u16>(free_ + c.length);
        c.length = 0;
        return completion{c.token, done.bytes};
    }
}

bool ring::enable_interrupt() noexcept {
    if (event_index_)
        std::atomic_ref{used_event()}.store(seen_.load(std::memory_order_relaxed),
                                            std::memory_order_relaxed);
    else
        std::atomic_ref{available_->flags}.store(0, std::memory_order_relaxed);
    fence();
    return !has_used();
}

void ring::disable_interrupt() noexcept {
    // With event indexes an interrupt comes once per `enable_interrupt` anyway
    if (!event_index_)
        std::atomic_ref{available_->flags}.store(no_interrupt, std::memory_order_relaxed);
}

}  // namespace osprey::drivers::virtio
