// SPDX-License-Identifier: BSD-3-Clause
#include <net/packet_socket/ring.hh>

namespace osprey::net {

namespace {
/// struct tpacket2_hdr
struct frame_header {
    u32 status, length, captured;
    u16 link_at, network_at;
    u32 seconds, nanoseconds;
    u16 vlan_tci, vlan_tpid;
    u8 pad[4];
};
static_assert(sizeof(frame_header) == packet_ring::header_bytes);
enum : u32 {
    status_kernel = 0,
    status_user = 1,
    status_losing = 4,
    status_checksum_not_ready = 8,
    status_checksum_valid = 128,
};
constexpr u32 alignment = 16;  // TPACKET_ALIGNMENT
constexpr u32 link_header = 14;
constexpr u32 most_bytes = 64 * 1024 * 1024;
constexpr u32 headers_end = align_up(packet_ring::header_bytes, alignment) + sizeof(link_address);
}  // namespace

result<unique_ptr<packet_ring>> packet_ring::create(const request& r, u32 reserve) noexcept {
    if (r.block_bytes == 0 || r.block_bytes % page_size != 0 || r.frame_bytes % alignment != 0 ||
        r.frame_bytes < headers_end + reserve || r.frame_bytes > r.block_bytes || r.blocks == 0 ||
        r.blocks > most_bytes / r.block_bytes)
        return errc::invalid_argument;
    auto ring = TRY(make_unique<packet_ring>());
    ring->block_bytes_ = r.block_bytes;
    ring->frame_bytes_ = r.frame_bytes;
    ring->per_block_ = r.block_bytes / r.frame_bytes;
    ring->frames_ = ring->per_block_ * r.blocks;
    ring->reserve_ = reserve;
    if (ring->frames_ != r.frames)
        return errc::invalid_argument;
    const u64 bytes = u64{r.block_bytes} * r.blocks;
    ring->object_ = TRY(memory::vm_object::create(bytes, nullptr));
    TRY_VOID(ring->pages_.reserve(bytes / page_size));
    for (u64 i = 0; i < bytes / page_size; ++i) {
        memory::frame* page = TRY(ring->object_->get_page(i, memory::vm_object::access::write));
        TRY_VOID(ring->pages_.push_back(page));
    }
    return ring;
}

packet_ring::~packet_ring() {
    for (memory::frame* page : pages_)
        memory::release_frame(page);
}

u8* packet_ring::at(u64 offset) const noexcept {
    return static_cast<u8*>(memory::data_of(pages_[offset >> page_shift])) + offset % page_size;
}

std::atomic<u32>& packet_ring::status(u32 frame) const noexcept {
    const u64 offset =
        u64{frame / per_block_} * block_bytes_ + u64{frame % per_block_} * frame_bytes_;
    return *reinterpret_cast<std::atomic<u32>*>(at(offset));
}

void packet_ring::store(u32 frame, u32 offset, const void* from, usize n) noexcept {
    u64 to =
        u64{frame / per_block_} * block_bytes_ + u64{frame % per_block_} * frame_bytes_ + offset;
    const auto* bytes = static_cast<const u8*>(from);
    while (n != 0) {
        const usize room = page_size - to % page_size;
        const usize here = n < room ? n : room;
        std::memcpy(at(to), bytes, here);
        to += here;
        bytes += here;
        n -= here;
    }
}

bool packet_ring::readable() const noexcept {
    const u32 last = next_ == 0 ? frames_ - 1 : next_ - 1;
    return status(last).load(std::memory_order_acquire) & status_user;
}

bool packet_ring::put(const packet& p, u32 keep, bool cooked, const link_address& from,
                      i64 realtime, bool losing) noexcept {
    if (status(next_).load(std::memory_order_acquire) != status_kernel)
        return false;
    // The network header stands aligned, the link header in front of it.
    const u32 network_at = align_up(headers_end + (cooked ? 0 : link_header), alignment) + reserve_;
    const u32 link_at = cooked ? network_at : network_at - link_header;
    const u32 room = frame_bytes_ > link_at ? frame_bytes_ - link_at : 0;
    u32 captured = p.bytes() < keep ? p.bytes() : keep;
    captured = captured < room ? captured : room;
    constexpr i64 second = 1'000'000'000;
    frame_header h{};
    h.length = p.bytes();
    h.captured = captured;
    h.link_at = static_cast<u16>(link_at);
    h.network_at = static_cast<u16>(network_at);
    h.seconds = static_cast<u32>(realtime / second);
    h.nanoseconds = static_cast<u32>(realtime % second);
    store(next_, 4, reinterpret_cast<const u8*>(&h) + 4, sizeof h - 4);
    store(next_, align_up(header_bytes, alignment), &from, sizeof from);
    u8 part[256];
    for (u32 done = 0; done < captured;) {
        const u32 left = captured - done;
        const u32 n = left < sizeof part ? left : static_cast<u32>(sizeof part);
        (void)p.copy_out(done, part, n);
        store(next_, link_at + done, part, n);
        done += n;
    }
    u32 word = status_user | (losing ? status_losing : 0u);
    if (p.check == checksum_state::partial)
        word |= status_checksum_not_ready;
    else if (p.check == checksum_state::verified)
        word |= status_checksum_valid;
    status(next_).store(word, std::memory_order_release);
    next_ = next_ + 1 == frames_ ? 0 : next_ + 1;
    return true;
}

}  // namespace osprey::net
