// SPDX-License-Identifier: BSD-3-Clause
#include <net/packet_socket/block_ring.hh>
#include <sched/clock.hh>
#include <vfs/file.hh>

namespace osprey::net {

namespace {
struct block_time {
    u32 seconds, nanoseconds;
};
/// struct tpacket_block_desc with tpacket_hdr_v1
struct block_header {
    u32 version, private_at;
    u32 status, packets, first_at, bytes;
    u64 sequence;
    block_time first, last;
};
static_assert(sizeof(block_header) == 48);
constexpr u32 status_offset = 8;

/// struct tpacket3_hdr
struct frame_header {
    u32 next_at, seconds, nanoseconds, captured, length, status;
    u16 link_at, network_at;
    u32 flow_hash, vlan_tci;
    u16 vlan_tpid, padding;
    u8 reserved[8];
};
static_assert(sizeof(frame_header) == block_ring::header_bytes);

constexpr u32 headers_end =
    align_up(block_ring::header_bytes, receive_ring::alignment) + sizeof(link_address);
constexpr u32 usual_retire_ms = 8;

block_time time_of(i64 ns) noexcept {
    constexpr i64 second = 1'000'000'000;
    return {static_cast<u32>(ns / second), static_cast<u32>(ns % second)};
}
}  // namespace

result<unique_ptr<receive_ring>> block_ring::create(const ring_request& r, u32 reserve,
                                                    sync::wait_queue& told) noexcept {
    // Linux wants room for a frame behind the program's own part of a block.
    if (r.features != 0 || r.private_bytes >= r.block_bytes ||
        sizeof(block_header) + align_up(r.private_bytes, 8u) + headers_end + reserve >
            r.block_bytes)
        return errc::invalid_argument;
    auto ring = TRY(make_unique<block_ring>(told));
    TRY_VOID(ring->allocate(r, headers_end + reserve));
    ring->block_bytes_ = r.block_bytes;
    ring->blocks_ = r.blocks;
    ring->private_bytes_ = align_up(r.private_bytes, 8u);
    ring->reserve_ = reserve;
    ring->retire_ms_ = r.retire_ms ? r.retire_ms : usual_retire_ms;
    return unique_ptr<receive_ring>{ring.release()};
}

block_ring::~block_ring() {
    (void)timer_.cancel();
}

std::atomic<u32>& block_ring::status_of(u32 block) const noexcept {
    return word_at<std::atomic<u32>>(offset_of(block) + status_offset);
}

bool block_ring::readable() const noexcept {
    for (u32 i = 0; i < blocks_; ++i)
        if (status_of(i).load(std::memory_order_acquire) & status_user)
            return true;
    return false;
}

/// `mutex_` held. @return false: the next block is still the program's.
bool block_ring::open_block(i64 realtime) noexcept {
    if (status_of(current_).load(std::memory_order_acquire) != status_kernel)
        return false;
    used_ = static_cast<u32>(sizeof(block_header)) + private_bytes_;
    count_ = last_ = 0;
    block_header h{};
    h.version = 2;  // TPACKET_V3
    h.private_at = sizeof h;
    h.first_at = used_;
    h.sequence = ++sequence_;
    h.first = time_of(realtime);
    store(offset_of(current_), &h, sizeof h);
    open_ = true;
    timer_.arm(sched::monotonic_now() + duration::milliseconds(retire_ms_));
    return true;
}

/// `mutex_` held.
void block_ring::close_block(u32 why) noexcept {
    const u64 here = offset_of(current_);
    const u32 end = 0;
    store(here + last_, &end, sizeof end);  // next_at of the last frame
    block_header h;
    std::memcpy(&h, at(here), sizeof h);
    h.packets = count_;
    h.bytes = used_;
    h.last = time_of(last_time_);
    store(here, &h, sizeof h);
    open_ = false;
    status_of(current_).store(status_user | why | (losing_ ? status_losing : 0u),
                              std::memory_order_release);
    losing_ = false;
    current_ = current_ + 1 == blocks_ ? 0 : current_ + 1;
}

bool block_ring::put(const seen_frame& f) noexcept {
    const u32 network_at =
        align_up(headers_end + (f.cooked ? 0 : link_header), alignment) + reserve_;
    const u32 link_at = f.cooked ? network_at : network_at - link_header;
    bool closed = false, done = false;
    {
        sync::lock_guard guard{mutex_};
        losing_ = losing_ || f.losing;
        u32 captured = f.p.bytes() < f.keep ? f.p.bytes() : f.keep;
        const u32 first = static_cast<u32>(sizeof(block_header)) + private_bytes_;
        const u32 most = block_bytes_ - first > link_at ? block_bytes_ - first - link_at : 0;
        captured = captured < most ? captured : most;
        const u32 needed = align_up(link_at + captured, 8u);
        if (open_ && used_ + needed > block_bytes_) {
            close_block(0);
            closed = true;
        }
        if (open_ || open_block(f.realtime)) {
            const u64 here = offset_of(current_) + used_;
            const block_time t = time_of(f.realtime);
            frame_header h{};
            h.next_at = needed;
            h.seconds = t.seconds;
            h.nanoseconds = t.nanoseconds;
            h.captured = captured;
            h.length = f.p.bytes();
            h.status = status_user | checksum_status(f.p);
            h.link_at = static_cast<u16>(link_at);
            h.network_at = static_cast<u16>(network_at);
            store(here, &h, sizeof h);
            store(here + align_up(header_bytes, alignment), &f.from, sizeof f.from);
            store(here + link_at, f.p, captured);
            last_ = used_;
            used_ += needed;
            ++count_;
            last_time_ = f.realtime;
            done = true;
        }
    }
    if (closed)
        told_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
    return done;
}

/// Something is in the block, and the program should not wait for more.
void block_ring::timer_fired(sched::timer& t) noexcept {
    auto& ring =
        *reinterpret_cast<block_ring*>(reinterpret_cast<char*>(&t) - offsetof(block_ring, timer_));
    {
        sync::lock_guard guard{ring.mutex_};
        if (!ring.open_)
            return;
        ring.close_block(status_block_timeout);
    }
    ring.told_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
}

}  // namespace osprey::net
