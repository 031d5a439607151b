// SPDX-License-Identifier: BSD-3-Clause
#include <net/ipv6/reassembly.hh>

namespace osprey::net {

namespace {
constexpr usize nowhere = ~usize{0};

/// Appends a copy of `n` bytes of `from`, in page frames where they do not fit into the packet.
bool append_copy(packet& to, const packet& from, usize offset, usize n) noexcept {
    if (const usize room = to.tailroom(); room != 0 && n != 0) {
        const usize here = n < room ? n : room;
        if (!from.copy_out(offset, to.append(here), here))
            return false;
        offset += here;
        n -= here;
    }
    while (n != 0) {
        // Fill the last frame before taking another: small fragments would need too many.
        const auto fragments = to.fragments();
        if (!fragments.empty()) {
            const fragment last = fragments.back();
            const u32 end = last.offset + last.bytes;
            if (end < page_size) {
                const usize here = n < page_size - end ? n : page_size - end;
                u8* at = static_cast<u8*>(memory::data_of(last.frame)) + end;
                memory::hold_frame(last.frame);
                if (!from.copy_out(offset, at, here) ||
                    !to.append(fragment{last.frame, end, static_cast<u32>(here)})) {
                    memory::release_frame(last.frame);
                    return false;
                }
                offset += here;
                n -= here;
                continue;
            }
        }
        auto page = memory::allocate_frames();
        if (!page)
            return false;
        const usize here = n < page_size ? n : page_size;
        if (!from.copy_out(offset, memory::data_of(*page), here) ||
            !to.append(fragment{*page, 0, static_cast<u32>(here)})) {
            memory::release_frame(*page);
            return false;
        }
        offset += here;
        n -= here;
    }
    return true;
}
}  // namespace

usize ipv6_reassembly::find(const ip_address& source, const ip_address& destination,
                            u32 id) const noexcept {
    for (usize i = 0; i < packets_.size(); ++i) {
        const incomplete& p = packets_[i];
        if (p.identification == id && p.source == source && p.destination == destination)
            return i;
    }
    return nowhere;
}

instant ipv6_reassembly::deadline() const noexcept {
    instant first = instant::never();
    for (const incomplete& p : packets_)
        first = p.expires < first ? p.expires : first;
    return first;
}

packet_ptr ipv6_reassembly::drop(usize index) noexcept {
    incomplete& p = packets_[index];
    packet_ptr first;
    for (piece& q : p.pieces) {
        bytes_ -= q.packet->bytes();
        if (q.start == 0)
            first = std::move(q.packet);
    }
    packets_.erase(index);
    return first;
}

result<usize> ipv6_reassembly::begin(const packet& p, u32 id, instant now) noexcept {
    // The oldest stands first.
    if (packets_.size() == most_packets)
        drop(0);
    incomplete fresh;
    fresh.source = p.source;
    fresh.destination = p.destination;
    fresh.identification = id;
    fresh.expires = now + time_limit;
    TRY_VOID(packets_.push_back(std::move(fresh)));
    return packets_.size() - 1;
}

ipv6_reassembly::outcome ipv6_reassembly::insert(usize index, piece fresh, bool last) noexcept {
    incomplete& p = packets_[index];
    usize at = 0;
    while (at < p.pieces.size() && p.pieces[at].start < fresh.start)
        ++at;
    if (at < p.pieces.size() && p.pieces[at].start == fresh.start &&
        p.pieces[at].end == fresh.end && last == (p.total == fresh.end))
        return outcome::waiting;  // a repetition
    const bool overlaps = (at > 0 && p.pieces[at - 1].end > fresh.start) ||
                          (at < p.pieces.size() && p.pieces[at].start < fresh.end);
    const bool contradicts = (last && p.total != 0 && p.total != fresh.end) ||
                             (last && !p.pieces.empty() && p.pieces.back().end > fresh.end) ||
                             (p.total != 0 && fresh.end > p.total);
    if (overlaps || contradicts || p.pieces.size() == most_pieces)
        return outcome::bad;
    if (last)
        p.total = fresh.end;
    p.have += fresh.end - fresh.start;
    bytes_ += fresh.packet->bytes();
    const usize charged = fresh.packet->bytes();
    if (!p.pieces.insert(at, std::move(fresh))) {
        bytes_ -= charged;
        return outcome::bad;
    }
    return p.total != 0 && p.have == p.total ? outcome::complete : outcome::waiting;
}

packet_ptr ipv6_reassembly::assemble(incomplete& i) noexcept {
    packet& first = *i.pieces.front().packet;
    packet_ptr whole = packet::make();
    if (!whole || i.fragment_offset > whole->tailroom())
        return nullptr;
    if (!first.copy_out(0, whole->append(i.fragment_offset), i.fragment_offset))
        return nullptr;
    u8 next;
    if (!first.copy_out(i.fragment_offset, &next, 1))
        return nullptr;
    whole->data()[i.next_field] = next;
    whole->header<ipv6_header>()->payload_bytes =
        static_cast<u16>(i.fragment_offset - sizeof(ipv6_header) + i.total);
    u8 ecn = 0;
    for (const piece& q : i.pieces) {
        const usize skip = q.packet->bytes() - (q.end - q.start);
        if (!append_copy(*whole, *q.packet, skip, q.end - q.start))
            return nullptr;
        if ((q.packet->traffic_class & 3) == 3)
            ecn = 3;  // RFC 3168 §5.3: one mark marks all
    }
    whole->device = first.device;
    whole->ether_type = first.ether_type;
    whole->hop_limit = first.hop_limit;
    whole->traffic_class = first.traffic_class | ecn;
    whole->link_broadcast = first.link_broadcast;
    whole->looped_back = first.looped_back;
    whole->source = first.source;
    whole->destination = first.destination;
    whole->arrived = first.arrived;
    return whole;
}

ipv6_reassembly::answer ipv6_reassembly::add(packet_ptr p, u32 offset, u32 next_field,
                                             instant now) noexcept {
    ipv6_fragment_header f;
    std::memcpy(&f, p->data() + offset, sizeof f);
    const bool more = f.offset_and_more & 1;
    const u32 start = f.offset_and_more & 0xfff8;
    const u32 payload = p->bytes() - offset - static_cast<u32>(sizeof f);
    const u32 end = start + payload;
    if (more && payload % 8 != 0)
        return {outcome::bad_size, nullptr, std::move(p), 4};
    if (end + offset - sizeof(ipv6_header) > 65535)
        return {outcome::bad_size, nullptr, std::move(p), offset + 2};
    if (payload == 0)
        return {outcome::bad, nullptr, nullptr};
    usize index = find(p->source, p->destination, f.identification);
    if (index == nowhere) {
        auto made = begin(*p, f.identification, now);
        if (!made)
            return {outcome::bad, nullptr, nullptr};
        index = *made;
    }
    if (start == 0) {
        packets_[index].fragment_offset = offset;
        packets_[index].next_field = next_field;
    }
    const outcome what = insert(index, piece{start, end, std::move(p)}, !more);
    if (what == outcome::waiting) {
        while (bytes_ > most_bytes)
            drop(0);
        return {what, nullptr, nullptr};
    }
    packet_ptr whole;
    if (what == outcome::complete)
        whole = assemble(packets_[index]);
    drop(index);
    if (!whole)
        return {outcome::bad, nullptr, nullptr};
    return {what, std::move(whole), nullptr};
}

}  // namespace osprey::net
