// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/net/virtio_net_format.hh>
#include <drivers/virtio/transport.hh>
#include <net/interface.hh>
#include <sync/event.hh>
#include <sync/mutex.hh>

namespace osprey::drivers::virtio {

/// A large TCP segment with CWR set, which only its first piece may carry (RFC 3168 §6.1.2): not
/// every device knows how to cut that.
inline bool marks_congestion(const net::packet& p) noexcept {
    constexpr usize tcp_flags = 13;
    constexpr u8 cwr = 0x80;
    return (p.gso == net::gso_kind::tcp4 || p.gso == net::gso_kind::tcp6) &&
           p.data()[p.checksum_start + tcp_flags] & cwr;
}

/// The part of a card where frames come in. One thread only.
///
/// Each buffer is an allocation of its own: a page frame, or several while large packets come in,
/// which then need fewer of everything. The device writes its header and the frame's first bytes
/// there, and goes on in further buffers if it merges; what it has filled becomes the packet.
class net_receive_queue {
public:
    static constexpr u16 entries = 256, few_entries = 64;
    /// With fewer left the device may wait for room for its largest packet (17 of them), twice
    /// over.
    static constexpr u16 scarce_buffers = 36;
    /// Shorter frames are copied out, and their buffer goes back to the device at once.
    static constexpr u32 copied_bytes = 128;
    /// Packets that are longer than this on average get buffers of 2^large_order frames. Segments
    /// of 64 KB fill two of them; a packet of the usual 1500 bytes would hold all of one.
    static constexpr u32 large_packet = 8192;
    static constexpr u8 large_order = 3;
    /// Memory of all buffers that the device has at a time.
    static constexpr u32 most_offered_bytes = 2u << 20;

    result<void> open(transport& device, u16 number, arch::interrupt_handler handler, void* context,
                      u32 cpu) noexcept;
    /// Gives the device as many buffers as it takes. @return false: no memory for any.
    bool fill() noexcept;
    /// The next frame. @return null: there is none, or it was broken; see `has_more`.
    net::packet_ptr take() noexcept;
    [[nodiscard]] bool has_more() const noexcept { return queue_.entries.has_used(); }
    bool enable_interrupt() noexcept { return queue_.entries.enable_interrupt(); }
    void disable_interrupt() noexcept { queue_.entries.disable_interrupt(); }
    /// Frames lost for want of memory, or malformed, since the last call.
    u32 take_dropped() noexcept { return std::exchange(dropped_, 0); }

private:
    void offer(memory::frame* f) noexcept;
    [[nodiscard]] memory::frame* new_buffer() noexcept;
    struct filled {
        memory::frame* buffer;
        u32 bytes;
    };
    [[nodiscard]] std::optional<filled> take_buffer() noexcept;
    [[nodiscard]] u32 parts_of_buffer() const noexcept { return header_apart_ ? 2 : 1; }
    net::packet_ptr copy_small(memory::frame* f, u32 bytes) noexcept;
    void drop_rest(u32 buffers) noexcept;
    void interpret(net::packet& p, const net_header& h) noexcept;

    transport* device_ = nullptr;
    queue queue_;
    u32 header_bytes_ = sizeof(net_header);
    u32 dropped_ = 0;
    u32 offered_bytes_ = 0;
    u32 average_bytes_ = 0;  // of the packets that came lately
    bool merges_ = false;
    bool may_be_large_ = false;
    bool header_apart_ = false;  // legacy: in a descriptor of its own
};

/// The part of a card where frames go out. Any thread.
///
/// What the device is done with is freed by whoever sends next, or by the card's thread; there are
/// no interrupts, but while packets wait for room in the ring.
class net_transmit_queue {
public:
    static constexpr u16 entries = 256;
    static constexpr usize most_waiting = 1000;

    result<void> open(transport& device, u16 number, arch::interrupt_handler handler, void* context,
                      u32 cpu) noexcept;
    /// @return false: the queue is full, the packet was dropped.
    bool send(net::packet_ptr p) noexcept;
    /// Frees what was sent and sends what waits. Context: the card's thread.
    void service() noexcept;
    [[nodiscard]] bool needs_service() const noexcept {
        return stuck_.load(std::memory_order_relaxed) || queue_.entries.has_used();
    }

private:
    void reclaim(net::packet_list& done) noexcept;
    bool add(net::packet_ptr& p) noexcept;
    u32 describe(net::packet& p, u16 slot, segment* parts) noexcept;
    bool send_waiting() noexcept;
    void finish(bool notify) noexcept {
        if (notify)
            device_->notify(queue_);
    }

    transport* device_ = nullptr;
    queue queue_;
    sync::mutex mutex_{sync::lock_rank::network_device};  // all below, and the ring
    u32 header_bytes_ = sizeof(net_header);
    bool header_apart_ = false;        // legacy: the header wants a descriptor of its own
    physical_address headers_{};       // one for each slot, for those
    net::packet* sent_[entries] = {};  // by slot
    u16 free_slots_[entries] = {};
    u16 free_count_ = 0;
    net::packet_list waiting_;
    std::atomic<bool> stuck_{false};  // something waits
};

}  // namespace osprey::drivers::virtio
