// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <drivers/console/virtio_port.hh>
#include <memory/frame.hh>
#include <trace/tracepoint.hh>

namespace osprey::drivers::virtio {
namespace {
// Of poll(2), for those who wait: POLLIN | POLLRDNORM, and all of them with POLLOUT | POLLHUP
constexpr u32 event_in = 0x01 | 0x40, events_of_host = event_in | 0x04 | 0x10 | 0x100;
}  // namespace

/// §5.3.2: ports use queues 0 and 1, then 4 and 5, 6 and 7, …; 2 and 3 are for control.
result<void> virtio_port::open() noexcept {
    const u16 receive = static_cast<u16>(number_ == 0 ? 0 : 2 + 2 * number_);
    sync::lock_guard guard{owner_.setting_up};
    if (opened_.load(std::memory_order_relaxed))
        return ok;
    in_memory_ = TRY(memory::allocate_contiguous(page_size));
    out_memory_ = TRY(memory::allocate_contiguous(page_size));
    TRY_VOID(device_.open_queue(in_, receive, input_buffers, signal_event, &owner_.changed()));
    TRY_VOID(out_.open(device_, static_cast<u16>(receive + 1)));
    opened_.store(true, std::memory_order_release);
    return ok;
}

void virtio_port::offer_all() noexcept {
    sync::lock_guard guard{reading_};
    for (u32 i = 0; i < input_buffers && i < in_.entries.entries(); ++i)
        offer(i);
    if (in_.entries.publish())
        device_.notify(in_);
}

result<void> virtio_port::start(std::string_view name, user by) noexcept {
    if (by == user::kernel) {
        TRY_VOID(open());
        offer_all();
    }
    name_size_ = name.size() < sizeof name_ ? name.size() : sizeof name_;
    std::memcpy(name_, name.data(), name_size_);
    if (by == user::kernel)
        register_character_port(*this);
    else
        register_program_port(*this);
    return ok;
}

result<void> virtio_port::connect() noexcept {
    if (taken_.exchange(true))
        return errc::busy;
    const bool first = !opened_.load(std::memory_order_acquire);
    if (auto made = open(); !made) {
        taken_.store(false);
        return made;
    }
    if (first)
        offer_all();
    owner_.tell_open(number_, true);
    return ok;
}

void virtio_port::disconnect() noexcept {
    owner_.tell_open(number_, false);
    // The host sends nothing from here on; what it sent before is not for the next program.
    char rest[256];
    while (read(rest, sizeof rest) != 0)
        ;
    taken_.store(false);
}

void virtio_port::set_host_connected(bool connected) noexcept {
    if (host_connected_.exchange(connected) != connected)
        input_arrived.wake_all(events_of_host);
}

void virtio_port::offer(u32 buffer) noexcept {
    const segment room{raw(in_memory_) + buffer * input_bytes, input_bytes};
    in_.entries.add({}, {&room, 1}, buffer);
}

void virtio_port::announce_input() noexcept {
    if (input_ready())
        input_arrived.wake_all(event_in);
}

TRACEPOINT(virtio, virtio_console_read, u64 room);
usize virtio_port::read(void* data, usize room) noexcept {
    TRACE(virtio_console_read, room);
    if (!input_ready())
        return 0;
    sync::lock_guard guard{reading_};
    usize done = 0;
    while (done < room) {
        u32 left = left_.load(std::memory_order_relaxed);
        if (left == 0) {
            const auto filled = in_.entries.take();
            if (!filled)
                break;
            buffer_ = filled->token % input_buffers;
            position_ = 0;
            left = filled->bytes < input_bytes ? filled->bytes : input_bytes;
        }
        const usize part = room - done < left ? room - done : left;
        std::memcpy(static_cast<u8*>(data) + done,
                    arch::direct<u8>(in_memory_) + buffer_ * input_bytes + position_, part);
        done += part;
        position_ += static_cast<u32>(part);
        left -= static_cast<u32>(part);
        left_.store(left, std::memory_order_release);
        if (left == 0)
            offer(buffer_);
    }
    if (in_.entries.publish())
        device_.notify(in_);
    if (!in_.entries.enable_interrupt())
        owner_.changed().signal();  // more came meanwhile, perhaps without an interrupt
    return done;
}

TRACEPOINT(virtio, virtio_console_write, u64 bytes);
result<usize> virtio_port::write(const void* data, usize bytes) noexcept {
    TRACE(virtio_console_write, bytes);
    sync::lock_guard guard{writing_};
    const auto* from = static_cast<const u8*>(data);
    for (usize done = 0; done < bytes;) {
        const usize part = bytes - done < page_size ? bytes - done : page_size;
        std::memcpy(arch::direct<u8>(out_memory_), from + done, part);
        request_queue::ticket ticket{out_};
        const segment piece{raw(out_memory_), static_cast<u32>(part)};
        out_.perform(ticket, {&piece, 1}, {});
        done += part;
    }
    return bytes;
}

}  // namespace osprey::drivers::virtio
