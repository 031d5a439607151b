// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <drivers/net/virtio_net_queues.hh>
#include <memory/frame.hh>
#include <memory/frames.hh>
#include <trace/tracepoint.hh>

namespace osprey::drivers::virtio {

namespace {
u32 bytes_of(const memory::frame* buffer) noexcept {
    return static_cast<u32>(page_size) << buffer->order;
}
}  // namespace

using net::packet;
using net::packet_ptr;

result<void> net_receive_queue::open(transport& device, u16 number, arch::interrupt_handler handler,
                                     void* context, u32 cpu) noexcept {
    device_ = &device;
    merges_ = device.has(net_mergeable);
    if (!merges_ && !device.has(feature_version_1)) {
        header_bytes_ = short_net_header;
        header_apart_ = !device.has(any_layout);
    }
    // Every entry is a page frame: a small machine has none to spare.
    constexpr u64 small_machine = 16u << 20 >> page_shift;
    constexpr u64 large_machine = 128u << 20 >> page_shift;
    const u16 most = memory::managed_frames() < small_machine ? few_entries : entries;
    may_be_large_ = merges_ && memory::managed_frames() >= large_machine;
    return device.open_queue(queue_, number, most, handler, context, cpu);
}

void net_receive_queue::offer(memory::frame* f) noexcept {
    const u64 at = raw(memory::address_of(f));
    const u32 bytes = bytes_of(f);
    const u32 front = header_apart_ ? header_bytes_ : bytes;
    const segment parts[] = {{at, front}, {at + front, bytes - front}};
    (void)queue_.entries.add({}, {parts, parts_of_buffer()}, memory::number_of(f));
    offered_bytes_ += bytes;
}

/// @return null: out of memory.
memory::frame* net_receive_queue::new_buffer() noexcept {
    if (average_bytes_ > large_packet)
        if (memory::frame* f = memory::try_allocate_frames(large_order))
            return f;
    auto f = memory::allocate_frames();
    return f ? *f : nullptr;
}

TRACEPOINT(virtio, virtio_net_fill_rx_ring, u32 free_entries);
bool net_receive_queue::fill() noexcept {
    TRACE(virtio_net_fill_rx_ring, queue_.entries.free_entries());
    while (queue_.entries.free_entries() >= parts_of_buffer() &&
           offered_bytes_ < most_offered_bytes) {
        memory::frame* f = new_buffer();
        if (!f)
            break;
        offer(f);
    }
    const bool news = queue_.entries.has_unpublished();
    // A device that found too few buffers for a large packet asks for a notification, looks once
    // more, and then waits. QEMU (before 9.1) takes buffers that came between its two looks for
    // told, so when it cannot have had many it is told in any case, or it may wait for ever.
    if (queue_.entries.publish() ||
        (news && queue_.entries.unused_before_publish() < scarce_buffers))
        device_->notify(queue_);
    return queue_.entries.free_entries() != queue_.entries.entries();
}

packet_ptr net_receive_queue::copy_small(memory::frame* f, u32 bytes) noexcept {
    packet_ptr p = packet::make();
    if (p)
        p->append(static_cast<const u8*>(memory::data_of(f)) + header_bytes_,
                  bytes - header_bytes_);
    offer(f);
    return p;
}

/// The next buffer that the device has filled, and how many bytes it claims to have written.
std::optional<net_receive_queue::filled> net_receive_queue::take_buffer() noexcept {
    const auto c = queue_.entries.take();
    if (!c)
        return std::nullopt;
    memory::frame* f = memory::frame_table() + c->token;
    offered_bytes_ -= bytes_of(f);
    return filled{f, c->bytes};
}

TRACEPOINT(virtio, virtio_net_rx_drop, u32 buffers);
void net_receive_queue::drop_rest(u32 buffers) noexcept {
    TRACE(virtio_net_rx_drop, buffers);
    ++dropped_;
    for (; buffers != 0; --buffers)
        if (auto b = take_buffer())
            memory::release_frame(b->buffer);
}

TRACEPOINT(virtio, virtio_net_rx_packet, u32 bytes);
packet_ptr net_receive_queue::take() noexcept {
    const auto first = take_buffer();
    if (!first)
        return nullptr;
    memory::frame* f = first->buffer;
    net_header h;
    std::memcpy(&h, memory::data_of(f), header_bytes_);
    u32 more = merges_ && h.buffers != 0 ? h.buffers - 1u : 0;
    if (first->bytes <= header_bytes_ || first->bytes > bytes_of(f)) {
        offer(f);
        drop_rest(more);
        return nullptr;
    }
    packet_ptr p;
    if (more == 0 && first->bytes <= copied_bytes)
        p = copy_small(f, first->bytes);
    else if (p = packet::over(f, header_bytes_, first->bytes - header_bytes_, header_bytes_); !p)
        offer(f);
    if (!p) {
        drop_rest(more);
        return nullptr;
    }
    for (; more != 0; --more) {
        const auto next = take_buffer();
        if (!next)
            break;  // the device promised more than it gave
        const u32 room = bytes_of(next->buffer);
        const u32 bytes = next->bytes < room ? next->bytes : room;
        if (!p->append(net::fragment{next->buffer, 0, bytes})) {
            memory::release_frame(next->buffer);
            drop_rest(more - 1);
            return nullptr;
        }
    }
    if (may_be_large_)
        average_bytes_ = average_bytes_ - average_bytes_ / 8 + p->bytes() / 8;
    interpret(*p, h);
    TRACE(virtio_net_rx_packet, p->bytes());
    return p;
}

/// What the device knows about the frame (§5.1.6.4.2).
void net_receive_queue::interpret(packet& p, const net_header& h) noexcept {
    // A checksum that is still to be made comes from this very machine: nothing can have hurt it.
    if (h.flags & (needs_checksum | data_valid))
        p.check = net::checksum_state::verified;
    const u8 kind = h.gso & static_cast<u8>(~gso_ecn);
    if (kind == 0)
        return;
    p.gso = kind == gso_tcp4   ? net::gso_kind::tcp4
            : kind == gso_tcp6 ? net::gso_kind::tcp6
                               : net::gso_kind::udp;
    p.gso_bytes = h.gso_bytes;
    if (p.gso_bytes != 0 && p.bytes() > h.header_bytes)
        p.gso_segments =
            static_cast<u16>((p.bytes() - h.header_bytes + p.gso_bytes - 1) / p.gso_bytes);
}

}  // namespace osprey::drivers::virtio
