// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/result.hh>
#include <base/time.hh>
#include <base/types.hh>
#include <memory/frame.hh>
#include <net/address.hh>
#include <span>

namespace osprey::vfs {
class io_buffer;
}

namespace osprey::net {

class interface;
class packet;
class checksum;

struct packet_deleter {
    void operator()(packet* p) const noexcept;
};

/// Owns one packet. A null pointer after `packet::make` means: out of memory.
class packet_ptr {
public:
    constexpr packet_ptr() noexcept = default;
    constexpr packet_ptr(std::nullptr_t) noexcept {}
    explicit packet_ptr(packet* p) noexcept : packet_{p} {}
    packet_ptr(packet_ptr&& o) noexcept : packet_{o.release()} {}
    packet_ptr& operator=(packet_ptr&& o) noexcept {
        reset(o.release());
        return *this;
    }
    ~packet_ptr() { reset(); }
    void reset(packet* p = nullptr) noexcept {
        if (packet* old = packet_)
            packet_deleter{}(old);
        packet_ = p;
    }
    [[nodiscard]] packet* release() noexcept {
        packet* p = packet_;
        packet_ = nullptr;
        return p;
    }
    packet* get() const noexcept { return packet_; }
    packet* operator->() const noexcept { return packet_; }
    packet& operator*() const noexcept { return *packet_; }
    explicit operator bool() const noexcept { return packet_ != nullptr; }

private:
    packet* packet_ = nullptr;
};

/// Bytes of a packet that lie in page frames: of a send buffer, the page cache, or a receive
/// buffer. Holds one reference to the frame (the first of its allocation).
struct fragment {
    memory::frame* frame;
    u32 offset;  // from the start of `frame`; may exceed a page in larger allocations
    u32 bytes;
};

/// Who vouches for, or still has to compute, the transport checksum.
enum class checksum_state : u8 {
    none,      // received: not looked at; to send: complete
    verified,  // received: device or loopback say it is right
    partial,   // to send (or from loopback): the field holds the folded pseudo-header; sum from
               // `checksum_start`, store at `checksum_start + checksum_offset`
};

/// Segmentation left to the device or to the last moment (virtio 1.2 §5.1.6.2).
enum class gso_kind : u8 { none, tcp4, tcp6, udp };

/// One packet on its way up or down: a stretch of contiguous bytes (`data()`, `linear_bytes()`) in
/// which all headers lie, and then any number of fragments. The object itself has room for headers
/// and for small payloads, so a pure acknowledgement is one allocation; a received packet's
/// contiguous part lies in the frame that the device wrote.
///
/// Not thread safe: it has one owner at a time. Context: threads.
class packet {
public:
    static constexpr usize inline_bytes = 320;   // headers plus small payloads
    static constexpr usize header_room = 128;    // Ethernet, IPv6 and TCP with all options
    static constexpr usize most_fragments = 18;  // 64 KB in 4 KB pages that begin anywhere
    static constexpr usize most_bytes = 65536 + 128;

    /// An empty packet to be sent: contiguous part in the packet itself, `header_room` bytes in
    /// front of it for `push`. @return null: out of memory. May sleep.
    static packet_ptr make() noexcept;
    /// A packet whose contiguous part lies at `offset` of `frame`, which the packet takes over
    /// (one reference). `headroom`: bytes before `offset` that `push` may use.
    static packet_ptr over(memory::frame* frame, u32 offset, u32 bytes, u32 headroom) noexcept;
    /// The same bytes for one more owner: fragments shared, contiguous part copied.
    [[nodiscard]] packet_ptr clone() const noexcept;

    /// `n` bytes from `offset` on as a packet of its own to be sent: frames are shared, bytes
    /// inside this packet are copied, and all the room for headers is in front. Nothing else is
    /// taken over.
    /// @return null: out of memory, or it has more than `most_fragments`.
    [[nodiscard]] packet_ptr slice(usize offset, usize n) const noexcept;

    packet(const packet&) = delete;

    [[nodiscard]] u8* data() noexcept { return data_; }
    [[nodiscard]] const u8* data() const noexcept { return data_; }
    [[nodiscard]] u32 linear_bytes() const noexcept { return linear_; }
    [[nodiscard]] u32 bytes() const noexcept { return bytes_; }
    template <typename T>
    T* header() noexcept {
        return reinterpret_cast<T*>(data_);
    }
    /// Bytes that `push` may still take, and that `append` may still copy into the packet itself.
    [[nodiscard]] usize headroom() const noexcept { return static_cast<usize>(data_ - floor_); }
    [[nodiscard]] usize tailroom() const noexcept {
        return fragment_count_ ? 0 : static_cast<usize>(ceiling_ - (data_ + linear_));
    }

    /// Puts `n` bytes in front; the caller fills them in. `n` is at most `headroom()`.
    u8* push(usize n) noexcept {
        data_ -= n;
        linear_ += static_cast<u32>(n);
        bytes_ += static_cast<u32>(n);
        checksum_start = static_cast<u16>(checksum_start + n);
        return data_;
    }
    /// Takes `n` bytes off the front, fragments included. `n` is at most `bytes()`.
    void pull(usize n) noexcept {
        checksum_start = static_cast<u16>(checksum_start - n);
        network_header = static_cast<u16>(network_header + n);
        link_header = static_cast<u16>(link_header + n);
        const usize here = n < linear_ ? n : linear_;
        data_ += here;
        linear_ -= static_cast<u32>(here);
        bytes_ -= static_cast<u32>(here);
        if (here < n) [[unlikely]]
            drop_front_fragments(n - here);
    }
    /// Makes at least `n` bytes contiguous. @return false: too short, or out of memory.
    [[nodiscard]] bool pull_up(usize n) noexcept { return n <= linear_ || pull_up_slow(n); }
    /// Cuts the end off.
    void truncate(usize n) noexcept;

    /// Grows the contiguous part; the caller fills it in. `n` is at most `tailroom()`.
    u8* append(usize n) noexcept;
    void append(const void* from, usize n) noexcept;
    /// Takes over one reference to `f.frame`. Merges with the last fragment when they touch.
    /// @return false when there is no room: nothing was taken.
    [[nodiscard]] bool append(fragment f) noexcept;
    /// Appends the bytes of `p` from `offset` on, which must lie in frames; they are shared.
    /// @return false: they do not, or there are too many fragments. Nothing has changed then.
    [[nodiscard]] bool absorb(const packet& p, usize offset) noexcept;
    [[nodiscard]] std::span<const fragment> fragments() const noexcept {
        return {fragments_, fragment_count_};
    }

    /// Copies `n` bytes from `offset` on. @return false: shorter than that.
    [[nodiscard]] bool copy_out(usize offset, void* to, usize n) const noexcept;
    /// Copies into `to` as much as both have, at most `n`. @return `errc::bad_address`.
    [[nodiscard]] result<usize> copy_out(usize offset, vfs::io_buffer& to, usize n) const noexcept;
    /// Appends `n` bytes of `from` in new frames (or the tail room). On failure the packet is as
    /// before but for its length. @return `errc::bad_address`, `errc::out_of_memory`,
    /// `errc::message_too_long`.
    [[nodiscard]] result<void> append_from(vfs::io_buffer& from, usize n) noexcept;

    /// Adds `n` bytes from `offset` to `sum`, as if they began at an even offset.
    void add_checksum(checksum& sum, usize offset, usize n) const noexcept;
    /// Computes what `checksum_state::partial` left to the device.
    [[gnu::noinline]] void complete_checksum() noexcept;

    /// Links of whoever owns it at the moment: a queue, and a lock-free channel.
    packet* next = nullptr;
    std::atomic<packet*> channel_next{nullptr};

    // What is known about it. Received packets: filled in layer by layer on the way up.
    interface* device = nullptr;  // where it came in, or goes out; lives for ever
    u16 ether_type = 0;           // host order
    u8 protocol = 0;              // IP protocol number of what `data()` begins with
    u8 hop_limit = 0;             // TTL
    u8 traffic_class = 0;         // DSCP and ECN
    bool link_broadcast = false;  // came by broadcast or multicast of the link
    bool looped_back = false;     // came by loopback
    checksum_state check = checksum_state::none;
    u16 checksum_start = 0;  // from `data()` of the moment; `push` and `pull` adjust it
    u16 checksum_offset = 0;
    gso_kind gso = gso_kind::none;
    u16 gso_bytes = 0;       // payload of one segment
    u16 gso_segments = 0;    // received aggregates: how many packets it was; 0: one
    u16 network_header = 0;  // bytes between the IP header's start and `data()`, on the way up
    u16 link_header = 0;     // bytes between the link header's start and `data()`
    u32 flow_hash = 0;       // of addresses and ports; 0: unknown
    ip_address source, destination;
    u16 source_port = 0, destination_port = 0;  // host order, when the protocol has ports
    instant arrived{};
    u64 scratch[6];  // of the protocol that owns it (TCP: sequence numbers)

private:
    friend struct packet_deleter;
    packet() noexcept;
    ~packet();
    [[gnu::cold, gnu::noinline]] bool pull_up_slow(usize n) noexcept;
    [[nodiscard]] bool share_linear(const packet& from, usize offset, usize n) noexcept;
    [[gnu::noinline]] void drop_front_fragments(usize n) noexcept;

    u8* data_;
    u8* floor_;    // how far `push` may go
    u8* ceiling_;  // how far the contiguous part may grow
    u32 linear_ = 0;
    u32 bytes_ = 0;
    memory::frame* home_ = nullptr;  // of the contiguous part, unless that is inside the packet
    u8 fragment_count_ = 0;
    fragment fragments_[most_fragments];
    alignas(8) u8 inline_[inline_bytes];
};

/// Packets in order, by their `next` links. One owner.
class packet_list {
public:
    packet_list() noexcept = default;
    packet_list(packet_list&& o) noexcept : first_{o.first_}, last_{o.last_}, count_{o.count_} {
        o.first_ = o.last_ = nullptr;
        o.count_ = 0;
    }
    ~packet_list() { clear(); }
    void push_back(packet_ptr p) noexcept {
        packet* q = p.release();
        q->next = nullptr;
        (last_ ? last_->next : first_) = q;
        last_ = q;
        ++count_;
    }
    void push_front(packet_ptr p) noexcept {
        packet* q = p.release();
        q->next = first_;
        first_ = q;
        if (!last_)
            last_ = q;
        ++count_;
    }
    [[nodiscard]] packet_ptr pop_front() noexcept {
        packet* p = first_;
        if (p) {
            first_ = p->next;
            if (!first_)
                last_ = nullptr;
            p->next = nullptr;
            --count_;
        }
        return packet_ptr{p};
    }
    [[nodiscard]] packet* front() const noexcept { return first_; }
    [[nodiscard]] bool empty() const noexcept { return !first_; }
    [[nodiscard]] usize size() const noexcept { return count_; }
    void clear() noexcept {
        while (packet_ptr p = pop_front())
            p.reset();
    }

private:
    packet* first_ = nullptr;
    packet* last_ = nullptr;
    usize count_ = 0;
};

}  // namespace osprey::net
