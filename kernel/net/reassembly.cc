// SPDX-License-Identifier: BSD-3-Clause
#include <base/hash.hh>
#include <net/checksum.hh>
#include <net/ipv4/ipv4.hh>
#include <net/protocol.hh>
#include <net/reassembly.hh>
#include <sched/clock.hh>

namespace osprey::net {
namespace {

/// What a fragment costs, however short it is: its object and the frame that it lies in.
constexpr usize cost_of_one = sizeof(packet) + page_size;

u32 offset_of(const packet& p) noexcept {
    return static_cast<u32>(p.scratch[0]);
}
u32 end_of(const packet& p) noexcept {
    return offset_of(p) + p.bytes();
}

usize bucket_of(const reassembler::fragment_place& k) noexcept {
    return mix(k.source.low() ^ k.source.high(),
               k.destination.low() ^ u64{k.id} << 8 ^ k.protocol) %
           64;
}

}  // namespace

struct reassembler::datagram {
    fragment_place key;
    packet* first = nullptr;  // by offset
    datagram* next_in_bucket = nullptr;
    datagram *older = nullptr, *newer = nullptr;
    instant deadline;
    u32 bytes = 0;
    u32 end = 0;  // length of the whole, 0: not known yet
    u16 fragments = 0;
    u8 congestion = 0;  // ECN bits of all fragments (RFC 3168 §5.3)

    ~datagram() {
        while (first) {
            packet_ptr p{first};
            first = p->next;
            p->next = nullptr;
        }
    }
    [[nodiscard]] bool is(const fragment_place& k) const noexcept {
        return key.id == k.id && key.protocol == k.protocol && key.source == k.source &&
               key.destination == k.destination;
    }
};

reassembler::datagram* reassembler::find(const fragment_place& place) noexcept {
    datagram* d = table_[bucket_of(place)];
    while (d && !d->is(place))
        d = d->next_in_bucket;
    return d;
}

reassembler::datagram* reassembler::start(const fragment_place& place) noexcept {
    auto* d = new (std::nothrow) datagram;
    if (!d)
        return nullptr;
    d->key = place;
    d->deadline = sched::monotonic_now() + patience;
    datagram*& bucket = table_[bucket_of(place)];
    d->next_in_bucket = bucket;
    bucket = d;
    d->older = newest_;
    (newest_ ? newest_->newer : oldest_) = d;
    newest_ = d;
    if (++count_ == 1)
        timer_.arm(d->deadline);
    return d;
}

void reassembler::discard(datagram& d) noexcept {
    datagram** link = &table_[bucket_of(d.key)];
    while (*link != &d)
        link = &(*link)->next_in_bucket;
    *link = d.next_in_bucket;
    (d.older ? d.older->newer : oldest_) = d.newer;
    (d.newer ? d.newer->older : newest_) = d.older;
    memory_ -= d.fragments * cost_of_one;
    --count_;
    delete &d;
}

void reassembler::make_room() noexcept {
    while (oldest_ && (memory_ + cost_of_one > most_memory || count_ >= most_datagrams)) {
        count(counters_.failures);
        discard(*oldest_);
    }
}

reassembler::verdict reassembler::insert(datagram& d, const fragment_place& place,
                                         packet_ptr& p) noexcept {
    const u32 end = place.offset + p->bytes();
    if (place.last) {
        if (d.end != 0 && d.end != end)
            return verdict::broken;
        d.end = end;
    }
    if (d.end != 0 && end > d.end)
        return verdict::broken;
    packet* before = nullptr;
    packet* after = d.first;
    while (after && offset_of(*after) < place.offset) {
        before = after;
        after = after->next;
    }
    if (after && offset_of(*after) == place.offset && after->bytes() == p->bytes())
        return verdict::duplicate;
    if ((before && end_of(*before) > place.offset) || (after && offset_of(*after) < end))
        return verdict::broken;
    if (!after && d.end != 0 && !place.last && end > d.end)
        return verdict::broken;
    if (place.last && after)
        return verdict::broken;  // something lies behind the end
    if (d.fragments == most_fragments)
        return verdict::broken;
    ++d.fragments;
    memory_ += cost_of_one;
    d.bytes += p->bytes();
    d.congestion |= p->traffic_class & 3;
    p->next = after;
    (before ? before->next : d.first) = p.release();
    return d.end != 0 && d.bytes == d.end ? verdict::whole : verdict::kept;
}

packet_ptr reassembler::add(const fragment_place& place, packet_ptr p) noexcept {
    count(counters_.required);
    const u64 end = u64{place.offset} + p->bytes();
    if (p->bytes() == 0 || end > most_bytes || (!place.last && p->bytes() % 8 != 0)) {
        count(counters_.failures);
        return nullptr;
    }
    p->scratch[0] = place.offset;
    sync::lock_guard guard{mutex_};
    datagram* d = find(place);
    if (!d) {
        make_room();
        d = start(place);
    } else if (memory_ + cost_of_one > most_memory) {
        make_room();
        d = find(place);  // it may have been the oldest
        d = d ? d : start(place);
    }
    if (!d) {
        count(counters_.failures);
        return nullptr;
    }
    switch (insert(*d, place, p)) {
        case verdict::kept:
        case verdict::duplicate:
            return nullptr;
        case verdict::broken:
            count(counters_.failures);
            break;
        case verdict::whole:
            p = assemble(*d);
            count(p ? counters_.done : counters_.failures);
            discard(*d);
            return p;
    }
    discard(*d);
    return nullptr;
}

/// Copies all fragments side by side: their frames are more than one packet can refer to.
packet_ptr reassembler::assemble(datagram& d) noexcept {
    constexpr u32 contiguous = 128;  // for the transport header
    const packet& first = *d.first;
    packet_ptr whole = packet::make();
    const usize header = first.network_header;
    if (!whole || header > packet::header_room || first.headroom() < header)
        return nullptr;
    u32 done = 0;
    void* room = nullptr;
    u32 room_left = 0;
    for (const packet* p = d.first; p; p = p->next)
        for (u32 at = 0; at < p->bytes();) {
            if (room_left == 0) {
                room_left = d.end - done < contiguous ? d.end - done : contiguous;
                if (done == 0) {
                    room = whole->append(room_left);
                } else {
                    auto page = memory::allocate_frames();
                    if (!page)
                        return nullptr;
                    room = memory::data_of(*page);
                    room_left = d.end - done < page_size ? d.end - done : u32{page_size};
                    if (!whole->append(fragment{*page, 0, room_left})) {
                        memory::release_frame(*page);
                        return nullptr;
                    }
                }
            }
            const u32 left = p->bytes() - at;
            const u32 here = left < room_left ? left : room_left;
            (void)p->copy_out(at, room, here);
            room = static_cast<u8*>(room) + here;
            room_left -= here;
            at += here;
            done += here;
        }
    u8* ip = whole->push(header);
    std::memcpy(ip, first.data() - header, header);
    if (first.source.is_v4()) {
        auto* h = reinterpret_cast<ipv4_header*>(ip);
        h->total_bytes = static_cast<u16>(header + d.end);
        h->fragment = u16{0};
    }
    whole->network_header = 0;
    whole->pull(header);
    whole->device = first.device;
    whole->ether_type = first.ether_type;
    whole->protocol = first.protocol;
    whole->hop_limit = first.hop_limit;
    whole->traffic_class = first.traffic_class;
    if (d.congestion == 3)
        whole->traffic_class |= 3;
    whole->link_broadcast = first.link_broadcast;
    whole->looped_back = first.looped_back;
    whole->source = first.source;
    whole->destination = first.destination;
    whole->arrived = first.arrived;
    return whole;
}

/// Takes the oldest datagram away if its time is over. @return its first fragment, if that came.
packet_ptr reassembler::give_up_oldest(instant now, bool& more) noexcept {
    sync::lock_guard guard{mutex_};
    more = oldest_ && oldest_->deadline <= now;
    if (!more) {
        if (oldest_)
            timer_.arm(oldest_->deadline);
        return nullptr;
    }
    datagram& d = *oldest_;
    count(counters_.timeouts);
    count(counters_.failures);
    packet_ptr first;
    if (d.first && offset_of(*d.first) == 0) {
        first.reset(d.first);
        d.first = first->next;
        first->next = nullptr;
    }
    discard(d);
    return first;
}

void reassembler::look_at_deadlines(sched::timer& t) noexcept {
    reassembler& self = static_cast<owned_timer&>(t).owner;
    const instant now = sched::monotonic_now();
    for (bool more = true; more;)
        if (packet_ptr first = self.give_up_oldest(now, more))
            send_icmp_error(*first, icmp_error::kind::time_exceeded);
}

}  // namespace osprey::net
