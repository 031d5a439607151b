// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/mpsc_queue.hh>
#include <net/packet.hh>

namespace osprey::net {

/// Packets on their way to the reader of a datagram socket, bounded in bytes. Anybody may push;
/// the consumer's functions are for whoever holds the socket's lock.
class packet_channel {
public:
    packet_channel() noexcept = default;
    packet_channel(const packet_channel&) = delete;
    ~packet_channel() { clear(); }

    /// What a packet costs of the room, beside its data: about what Linux counts, so that as many
    /// small ones fit as there.
    static constexpr u32 overhead = 512, least = 768;

    /// @return null; or the packet, when more than `room` bytes were waiting already.
    packet_ptr push(packet_ptr p, u32 room) noexcept {
        const u32 cost = cost_of(*p);
        const u64 in = in_.load(std::memory_order_relaxed);
        if (static_cast<u32>(in - out_.load(std::memory_order_relaxed)) > room) [[unlikely]]
            return p;
        in_.fetch_add(cost, std::memory_order_relaxed);
        p->scratch[0] = cost;
        queue_.push(*p.release());
        return nullptr;
    }
    /// Is there something to be read? Any thread.
    [[nodiscard]] bool readable() const noexcept {
        return queue_.has_pushed() || more_.load(std::memory_order_relaxed);
    }
    /// Bytes that wait, overhead included. Any thread.
    [[nodiscard]] u64 waiting() const noexcept {
        return in_.load(std::memory_order_relaxed) - out_.load(std::memory_order_relaxed);
    }

    /// The oldest, which stays; null: none. Consumer.
    [[nodiscard]] packet* front() noexcept {
        if (!front_ && (front_ = queue_.pop()))
            more_.store(true, std::memory_order_relaxed);
        return front_;
    }
    /// Takes the oldest. Consumer.
    packet_ptr pop() noexcept {
        packet* p = front();
        if (!p)
            return nullptr;
        front_ = nullptr;
        out_.store(out_.load(std::memory_order_relaxed) + p->scratch[0], std::memory_order_relaxed);
        more_.store(!queue_.empty(), std::memory_order_relaxed);
        return packet_ptr{p};
    }
    /// Consumer.
    void clear() noexcept {
        while (packet_ptr p = pop())
            p.reset();
    }

private:
    static u32 cost_of(const packet& p) noexcept {
        const u32 cost = p.bytes() + overhead;
        return cost < least ? least : cost;
    }
    mpsc_queue<packet, &packet::channel_next> queue_;
    std::atomic<u64> in_{0};         // bytes ever pushed
    std::atomic<u64> out_{0};        // bytes ever taken; the consumer's
    std::atomic<bool> more_{false};  // the consumer's own part of the queue is not empty
    packet* front_ = nullptr;
};

}  // namespace osprey::net
