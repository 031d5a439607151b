// SPDX-License-Identifier: BSD-3-Clause
#include <arch/paging.hh>
#include <cstring>
#include <drivers/net/virtio_net_queues.hh>
#include <memory/frame.hh>
#include <trace/tracepoint.hh>

namespace osprey::drivers::virtio {

using net::packet;
using net::packet_list;
using net::packet_ptr;

namespace {

u8 gso_of(const packet& p) noexcept {
    switch (p.gso) {
        case net::gso_kind::none:
            return 0;
        case net::gso_kind::udp:
            return gso_udp;
        case net::gso_kind::tcp4:
        case net::gso_kind::tcp6:
            break;
    }
    const u8 kind = p.gso == net::gso_kind::tcp4 ? gso_tcp4 : gso_tcp6;
    return marks_congestion(p) ? kind | gso_ecn : kind;
}

net_header header_of(const packet& p) noexcept {
    net_header h;
    if (p.check == net::checksum_state::partial) {
        h.flags = needs_checksum;
        h.checksum_start = p.checksum_start;
        h.checksum_offset = p.checksum_offset;
    }
    if (p.gso != net::gso_kind::none) {
        h.gso = gso_of(p);
        h.gso_bytes = p.gso_bytes;
        h.header_bytes = static_cast<u16>(p.linear_bytes());
    }
    return h;
}

}  // namespace

result<void> net_transmit_queue::open(transport& device, u16 number,
                                      arch::interrupt_handler handler, void* context,
                                      u32 cpu) noexcept {
    device_ = &device;
    const bool modern = device.has(feature_version_1);
    if (!modern && !device.has(net_mergeable))
        header_bytes_ = short_net_header;
    header_apart_ = !modern && !device.has(any_layout);
    headers_ = TRY(memory::allocate_contiguous(entries * sizeof(net_header)));
    TRY_VOID(device.open_queue(queue_, number, entries, handler, context, cpu));
    for (u16 i = 0; i < entries; ++i)
        free_slots_[i] = i;
    free_count_ = entries;
    queue_.entries.disable_interrupt();
    return ok;
}

TRACEPOINT(virtio, virtio_net_tx_reclaim);
void net_transmit_queue::reclaim(packet_list& done) noexcept {
    TRACE(virtio_net_tx_reclaim);
    while (auto c = queue_.entries.take()) {
        const u16 slot = static_cast<u16>(c->token % entries);
        if (packet* p = std::exchange(sent_[slot], nullptr)) {
            done.push_back(packet_ptr{p});
            free_slots_[free_count_++] = slot;
        }
    }
}

/// Tells where the packet's bytes are, the device's header first. @return how many parts.
u32 net_transmit_queue::describe(packet& p, u16 slot, segment* parts) noexcept {
    const net_header h = header_of(p);
    u32 count = 0;
    if (header_apart_ || p.headroom() < header_bytes_) [[unlikely]] {
        const u64 at = raw(headers_) + slot * sizeof(net_header);
        std::memcpy(arch::direct(physical_address{at}), &h, header_bytes_);
        parts[count++] = {at, header_bytes_};
    } else {
        std::memcpy(p.push(header_bytes_), &h, header_bytes_);
    }
    if (p.linear_bytes() != 0)
        parts[count++] = {raw(arch::physical_of_direct(p.data())), p.linear_bytes()};
    for (const net::fragment& f : p.fragments())
        parts[count++] = {raw(memory::address_of(f.frame)) + f.offset, f.bytes};
    return count;
}

/// @return false: no room, `p` stays the caller's.
bool net_transmit_queue::add(packet_ptr& p) noexcept {
    const usize needed = 2 + p->fragments().size();
    if (queue_.entries.free_entries() < needed || free_count_ == 0)
        return false;
    segment parts[2 + packet::most_fragments];
    const u16 slot = free_slots_[--free_count_];
    const u32 count = describe(*p, slot, parts);
    (void)queue_.entries.add({parts, count}, {}, slot);
    sent_[slot] = p.release();
    return true;
}

TRACEPOINT(virtio, virtio_net_tx_packet, u32 bytes);
bool net_transmit_queue::send(packet_ptr p) noexcept {
    TRACE(virtio_net_tx_packet, p->bytes());
    packet_list done;  // freed without the lock
    bool notify = false;
    {
        sync::lock_guard guard{mutex_};
        if (queue_.entries.has_used())
            reclaim(done);
        if (!waiting_.empty() || !add(p)) [[unlikely]] {
            if (waiting_.size() >= most_waiting)
                return false;
            waiting_.push_back(std::move(p));
            stuck_.store(true, std::memory_order_relaxed);
            while (!send_waiting() && !queue_.entries.enable_interrupt())
                reclaim(done);
        }
        notify = queue_.entries.publish();
    }
    finish(notify);
    return true;
}

TRACEPOINT(virtio, virtio_net_tx_no_space_calling_gc, u32 waiting);
/// @return whether nothing waits any more.
bool net_transmit_queue::send_waiting() noexcept {
    TRACE(virtio_net_tx_no_space_calling_gc, static_cast<u32>(waiting_.size()));
    while (packet_ptr p = waiting_.pop_front())
        if (!add(p)) {
            waiting_.push_front(std::move(p));
            return false;
        }
    stuck_.store(false, std::memory_order_relaxed);
    queue_.entries.disable_interrupt();
    return true;
}

TRACEPOINT(virtio, virtio_net_tx_service);
void net_transmit_queue::service() noexcept {
    TRACE(virtio_net_tx_service);
    packet_list done;
    bool notify;
    {
        sync::lock_guard guard{mutex_};
        reclaim(done);
        while (!send_waiting() && !queue_.entries.enable_interrupt())
            reclaim(done);
        notify = queue_.entries.publish();
    }
    finish(notify);
}

}  // namespace osprey::drivers::virtio
