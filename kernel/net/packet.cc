// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <net/checksum.hh>
#include <net/packet.hh>
#include <net/packet_memory.hh>
#include <vfs/io_buffer.hh>

namespace osprey::net {

namespace {
const u8* data_of(const fragment& f) noexcept {
    return static_cast<const u8*>(memory::data_of(f.frame)) + f.offset;
}
u32 smaller(usize a, usize b) noexcept {
    return static_cast<u32>(a < b ? a : b);
}

/// Calls `visit(const u8*, usize)` for each piece of `n` bytes from `offset` on, until it says no.
template <typename F>
void for_each_piece(const packet& p, usize offset, usize n, F&& visit) noexcept {
    const usize linear = p.linear_bytes();
    if (offset < linear) {
        const usize here = smaller(n, linear - offset);
        if (!visit(p.data() + offset, here))
            return;
        n -= here;
        offset = linear;
    }
    offset -= linear;
    for (const fragment& f : p.fragments()) {
        if (n == 0)
            return;
        if (offset >= f.bytes) {
            offset -= f.bytes;
            continue;
        }
        const usize here = smaller(n, f.bytes - offset);
        if (!visit(data_of(f) + offset, here))
            return;
        n -= here;
        offset = 0;
    }
}
}  // namespace

// Members of the payload (`inline_`, `fragments_`) stay as the heap left them.
packet::packet() noexcept
    : data_{inline_ + header_room}, floor_{inline_}, ceiling_{inline_ + inline_bytes} {}

packet::~packet() {
    for (u8 i = 0; i < fragment_count_; ++i)
        memory::release_frame(fragments_[i].frame);
    if (home_)
        memory::release_frame(home_);
}

void packet_deleter::operator()(packet* p) const noexcept {
    p->~packet();
    give_packet_memory(p, sizeof *p);
}

packet_ptr packet::make() noexcept {
    void* memory = take_packet_memory(sizeof(packet));
    return packet_ptr{memory ? ::new (memory) packet : nullptr};
}

packet_ptr packet::over(memory::frame* frame, u32 offset, u32 bytes, u32 headroom) noexcept {
    packet_ptr p = make();
    if (p) {
        p->home_ = frame;
        p->data_ = static_cast<u8*>(memory::data_of(frame)) + offset;
        p->floor_ = p->data_ - headroom;
        p->ceiling_ = p->data_ + bytes;
        p->linear_ = p->bytes_ = bytes;
    }
    return p;
}

packet_ptr packet::clone() const noexcept {
    packet_ptr p = make();
    if (!p)
        return p;
    if (home_) {
        // Shares the frame; nobody writes headers into a frame that is not its own, so no room.
        memory::hold_frame(home_);
        p->home_ = home_;
        p->data_ = p->floor_ = data_;
        p->ceiling_ = data_ + linear_;
    } else {
        p->data_ = p->inline_ + (data_ - inline_);
        std::memcpy(p->data_, data_, linear_);
    }
    p->linear_ = linear_;
    p->bytes_ = bytes_;
    for (const fragment& f : fragments()) {
        memory::hold_frame(f.frame);
        p->fragments_[p->fragment_count_++] = f;
    }
    p->device = device;
    p->ether_type = ether_type;
    p->protocol = protocol;
    p->hop_limit = hop_limit;
    p->traffic_class = traffic_class;
    p->link_broadcast = link_broadcast;
    p->looped_back = looped_back;
    p->check = check;
    p->checksum_start = checksum_start;
    p->checksum_offset = checksum_offset;
    p->gso = gso;
    p->gso_bytes = gso_bytes;
    p->gso_segments = gso_segments;
    p->network_header = network_header;
    p->link_header = link_header;
    p->flow_hash = flow_hash;
    p->source = source;
    p->destination = destination;
    p->source_port = source_port;
    p->destination_port = destination_port;
    p->arrived = arrived;
    return p;
}

bool packet::share_linear(const packet& from, usize offset, usize n) noexcept {
    const u8* at = from.data_ + offset;
    if (from.home_) {
        memory::hold_frame(from.home_);
        const auto* start = static_cast<const u8*>(memory::data_of(from.home_));
        return append(fragment{from.home_, static_cast<u32>(at - start), static_cast<u32>(n)});
    }
    if (n <= tailroom()) {
        append(at, n);
        return true;
    }
    auto page = memory::allocate_frames();
    if (!page)
        return false;
    std::memcpy(memory::data_of(*page), at, n);
    return append(fragment{*page, 0, static_cast<u32>(n)});
}

bool packet::absorb(const packet& p, usize offset) noexcept {
    if (!p.home_ || offset > p.linear_ || fragment_count_ + 1u + p.fragment_count_ > most_fragments)
        return false;
    if (offset < p.linear_)
        (void)share_linear(p, offset, p.linear_ - offset);
    for (const fragment& f : p.fragments()) {
        memory::hold_frame(f.frame);
        (void)append(f);
    }
    return true;
}

packet_ptr packet::slice(usize offset, usize n) const noexcept {
    packet_ptr p = make();
    if (!p || offset + n > bytes_)
        return nullptr;
    if (offset < linear_ && n != 0) {
        const u32 here = smaller(n, linear_ - offset);
        if (!p->share_linear(*this, offset, here))
            return nullptr;
        n -= here;
        offset = linear_;
    }
    offset -= smaller(offset, linear_);
    for (const fragment& f : fragments()) {
        if (n == 0)
            break;
        if (offset >= f.bytes) {
            offset -= f.bytes;
            continue;
        }
        const u32 here = smaller(n, f.bytes - offset);
        memory::hold_frame(f.frame);
        if (!p->append(fragment{f.frame, f.offset + static_cast<u32>(offset), here})) {
            memory::release_frame(f.frame);
            return nullptr;
        }
        n -= here;
        offset = 0;
    }
    return p;
}

void packet::drop_front_fragments(usize n) noexcept {
    u8 gone = 0;
    while (gone < fragment_count_ && n != 0) {
        fragment& f = fragments_[gone];
        const u32 taken = smaller(n, f.bytes);
        f.offset += taken;
        f.bytes -= taken;
        bytes_ -= taken;
        n -= taken;
        if (f.bytes != 0)
            break;
        memory::release_frame(f.frame);
        ++gone;
    }
    fragment_count_ = static_cast<u8>(fragment_count_ - gone);
    std::memmove(fragments_, fragments_ + gone, fragment_count_ * sizeof(fragment));
}

bool packet::pull_up_slow(usize n) noexcept {
    if (n > bytes_ || n > inline_bytes)
        return false;
    const usize missing = n - linear_;
    if (!home_ && static_cast<usize>(ceiling_ - (data_ + linear_)) < missing) {
        std::memmove(inline_, data_, linear_);
        data_ = inline_;
    } else if (home_) {
        // The frame may be shared, and what follows in it is not ours: move into the packet.
        std::memcpy(inline_, data_, linear_);
        memory::release_frame(home_);
        home_ = nullptr;
        data_ = floor_ = inline_;
        ceiling_ = inline_ + inline_bytes;
    }
    const u32 total = bytes_;
    (void)copy_out(linear_, data_ + linear_, missing);
    drop_front_fragments(missing);
    linear_ = static_cast<u32>(n);
    bytes_ = total;
    return true;
}

void packet::truncate(usize n) noexcept {
    if (n >= bytes_)
        return;
    usize excess = bytes_ - n;
    bytes_ = static_cast<u32>(n);
    while (excess != 0 && fragment_count_ != 0) {
        fragment& f = fragments_[fragment_count_ - 1];
        const u32 taken = smaller(excess, f.bytes);
        f.bytes -= taken;
        excess -= taken;
        if (f.bytes != 0)
            return;
        memory::release_frame(f.frame);
        --fragment_count_;
    }
    linear_ -= static_cast<u32>(excess);
}

u8* packet::append(usize n) noexcept {
    u8* at = data_ + linear_;
    linear_ += static_cast<u32>(n);
    bytes_ += static_cast<u32>(n);
    return at;
}

void packet::append(const void* from, usize n) noexcept {
    std::memcpy(append(n), from, n);
}

bool packet::append(fragment f) noexcept {
    if (fragment_count_ != 0) {
        fragment& last = fragments_[fragment_count_ - 1];
        if (last.frame == f.frame && last.offset + last.bytes == f.offset) {
            last.bytes += f.bytes;
            bytes_ += f.bytes;
            memory::release_frame(f.frame);
            return true;
        }
        if (fragment_count_ == most_fragments)
            return false;
    }
    fragments_[fragment_count_++] = f;
    bytes_ += f.bytes;
    return true;
}

bool packet::copy_out(usize offset, void* to, usize n) const noexcept {
    if (offset + n > bytes_)
        return false;
    auto* at = static_cast<u8*>(to);
    for_each_piece(*this, offset, n, [&](const u8* from, usize here) noexcept {
        std::memcpy(at, from, here);
        at += here;
        return true;
    });
    return true;
}

result<usize> packet::copy_out(usize offset, vfs::io_buffer& to, usize n) const noexcept {
    n = offset < bytes_ ? smaller(n, bytes_ - offset) : 0;
    n = smaller(n, to.remaining());
    if (n == 0)
        return usize{0};
    usize done = 0;
    for_each_piece(*this, offset, n, [&](const u8* from, usize here) noexcept -> bool {
        auto some = to.put(from, here);
        if (some)
            done += *some;
        return some && *some == here;
    });
    return done ? result<usize>{done} : errc::bad_address;
}

result<void> packet::append_from(vfs::io_buffer& from, usize n) noexcept {
    if (bytes_ + n > most_bytes)
        return errc::message_too_long;
    if (const usize room = smaller(n, tailroom())) {
        u8* at = data_ + linear_;
        if (TRY(from.take(at, room)) != room)
            return errc::bad_address;
        (void)append(room);
        n -= room;
    }
    while (n != 0) {
        if (fragment_count_ == most_fragments)
            return errc::message_too_long;
        memory::frame* page = TRY(memory::allocate_frames());
        const u32 here = smaller(n, page_size);
        auto taken = from.take(memory::data_of(page), here);
        if (!taken || *taken != here) {
            memory::release_frame(page);
            return errc::bad_address;
        }
        (void)append(fragment{page, 0, here});
        n -= here;
    }
    return ok;
}

void packet::add_checksum(checksum& sum, usize offset, usize n) const noexcept {
    bool odd = false;
    for_each_piece(*this, offset, n, [&](const u8* from, usize here) noexcept {
        sum.add(from, here, odd);
        odd ^= here & 1;
        return true;
    });
}

void packet::complete_checksum() noexcept {
    if (check != checksum_state::partial)
        return;
    checksum sum;
    add_checksum(sum, checksum_start, bytes_ - checksum_start);
    u16 field = sum.field();
    if (field == 0)
        field = 0xffff;  // UDP: zero means "none" (RFC 768); the same number to everybody else
    std::memcpy(data_ + checksum_start + checksum_offset, &field, sizeof field);
    check = checksum_state::none;
}

}  // namespace osprey::net
