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
constexpr u32 headers_end =
    align_up(packet_ring::header_bytes, receive_ring::alignment) + sizeof(link_address);
}  // namespace

result<unique_ptr<receive_ring>> packet_ring::create(const ring_request& r, u32 reserve) noexcept {
    auto ring = TRY(make_unique<packet_ring>());
    TRY_VOID(ring->allocate(r, headers_end + reserve));
    ring->block_bytes_ = r.block_bytes;
    ring->frame_bytes_ = r.frame_bytes;
    ring->per_block_ = r.block_bytes / r.frame_bytes;
    ring->frames_ = r.frames;
    ring->reserve_ = reserve;
    return unique_ptr<receive_ring>{ring.release()};
}

bool packet_ring::readable() const noexcept {
    const u32 last = next_ == 0 ? frames_ - 1 : next_ - 1;
    return status_of(last).load(std::memory_order_acquire) & status_user;
}

bool packet_ring::put(const seen_frame& f) noexcept {
    std::atomic<u32>& status = status_of(next_);
    if (status.load(std::memory_order_acquire) != status_kernel)
        return false;
    // The network header stands aligned, the link header in front of it.
    const u32 network_at =
        align_up(headers_end + (f.cooked ? 0 : link_header), alignment) + reserve_;
    const u32 link_at = f.cooked ? network_at : network_at - link_header;
    const u32 room = frame_bytes_ > link_at ? frame_bytes_ - link_at : 0;
    u32 captured = f.p.bytes() < f.keep ? f.p.bytes() : f.keep;
    captured = captured < room ? captured : room;
    constexpr i64 second = 1'000'000'000;
    frame_header h{};
    h.length = f.p.bytes();
    h.captured = captured;
    h.link_at = static_cast<u16>(link_at);
    h.network_at = static_cast<u16>(network_at);
    h.seconds = static_cast<u32>(f.realtime / second);
    h.nanoseconds = static_cast<u32>(f.realtime % second);
    const u64 here = offset_of(next_);
    store(here + 4, reinterpret_cast<const u8*>(&h) + 4, sizeof h - 4);
    store(here + align_up(header_bytes, alignment), &f.from, sizeof f.from);
    store(here + link_at, f.p, captured);
    status.store(status_user | (f.losing ? status_losing : 0u) | checksum_status(f.p),
                 std::memory_order_release);
    next_ = next_ + 1 == frames_ ? 0 : next_ + 1;
    return true;
}

}  // namespace osprey::net
