// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <base/heap.hh>
#include <cstring>
#include <drivers/virtio/transport.hh>
#include <hypervisor/detect.hh>
#include <memory/frame.hh>

namespace osprey::drivers::virtio {
namespace {

/// QEMU's translator (before 8.0) leaves out the fences of a machine with one CPU, as if its
/// devices did not run in a thread of their own. A wish for an interrupt then reaches the device
/// after the look at its queue, or a buffer after the look at its wish, and both wait for ever. A
/// register of the device can only be read under a lock, which no memory access passes.
bool fences_miss_devices() noexcept {
    return arch::cpu_count() == 1 && hypervisor::running() == hypervisor::kind::emulator;
}

}  // namespace

result<void> transport::begin(u64 wanted) noexcept {
    set_status(0);
    while (status() != 0)  // §4.1.4.3.2: a reset is done when this reads zero
        arch::relax();
    set_status(acknowledged);
    set_status(acknowledged | driver_known);
    wanted |= u64{1} << feature_indirect | u64{1} << feature_event_index;
    if (!legacy())
        wanted |= u64{1} << feature_version_1;
    features_ = offered_features() & wanted;
    if (!legacy() && !has(feature_version_1)) {
        fail();
        return errc::not_supported;
    }
    set_features(features_);
    if (legacy())
        return ok;
    set_status(status() | features_agreed);
    if (!(status() & features_agreed)) {
        fail();
        return errc::not_supported;
    }
    return ok;
}

result<void> transport::open_queue(queue& q, u16 number, u16 most, arch::interrupt_handler handler,
                                   void* context, u32 cpu) noexcept {
    const u16 largest = select_queue(number);
    if (largest == 0)
        return errc::no_device_or_address;
    const u16 entries = fixed_queue_size() || largest < most ? largest : most;
    const usize bytes = ring::bytes_for(entries);
    void* book = allocate(ring::book_keeping_bytes(entries));
    if (!book)
        return errc::out_of_memory;
    // Legacy devices take a page number of 32 bits: 44 bits of address
    q.memory = TRY(memory::allocate_contiguous(bytes));
    void* memory = arch::direct(q.memory);
    std::memset(memory, 0, bytes);
    std::memset(book, 0, ring::book_keeping_bytes(entries));
    q.number = number;
    q.entries.set_book_keeping(book);
    if (fences_miss_devices())
        q.entries.set_extra_fence(
            [](void* self) noexcept { (void)static_cast<transport*>(self)->status(); }, this);
    q.entries.open(memory, entries, features_);
    TRY_VOID(bind_queue(number, cpu, handler, context));
    enable_queue(q);
    return ok;
}

void transport::read_config(u32 offset, void* to, usize bytes) noexcept {
    u32 before;
    do {
        before = config_generation();
        read_config_bytes(offset, static_cast<u8*>(to), bytes);
    } while (config_generation() != before);
}

result<void> transport::add_handler(arch::interrupt_handler handler, void* context) noexcept {
    const usize slot = listener_count_.load(std::memory_order_relaxed);
    for (usize i = 0; i < slot; ++i)
        if (listeners_[i].handler == handler && listeners_[i].context == context)
            return ok;
    if (slot == std::size(listeners_))
        return errc::no_space;
    listeners_[slot] = {handler, context};
    listener_count_.store(slot + 1, std::memory_order_release);
    return ok;
}

void transport::run_handlers() noexcept {
    const usize count = listener_count_.load(std::memory_order_acquire);
    for (usize i = 0; i < count; ++i)
        listeners_[i].handler(listeners_[i].context);
}

}  // namespace osprey::drivers::virtio
