// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <net/tcp/endpoint.hh>
#include <net/tcp/passive.hh>
#include <net/tcp/ports.hh>

namespace osprey::net::tcp {

class listener;

/// A handshake that a listener has answered: a fifth of a connection, until the peer proves that it
/// exists.
class request final : public flow {
public:
    explicit request(refptr<listener> l) noexcept;
    ~request() override;

    const refptr<listener> owner;
    handshake agreed;
    instant due{};  // when the SYN-ACK is sent again
    u8 sent = 1;    // how often it was
    u8 hop_limit = 64;
    u32 device = 0;
    std::atomic<bool> taken{false};  // somebody makes the connection, or it was given up
    bool data_expected = false;      // TCP_DEFER_ACCEPT: the bare acknowledgement came
    list_hook hook;                  // of the listener's requests
};

/// A socket that listens: handshakes under way and connections to be accepted. The receive path
/// does both sides of it without waiting for anybody: a SYN becomes a `request`, the
/// acknowledgement a connection in the queue. `mutex_` is held for a few instructions.
class listener final : public ref_counted<listener> {
public:
    listener(refptr<endpoint_state> home, const hold& where, u16 port,
             refptr<fast_open_budget> budget) noexcept;

    // Read under RCU.
    const hold where;
    const u16 port;
    std::atomic<listener*> next{nullptr};
    std::atomic<u32> backlog{0};
    std::atomic<i32> incoming_cpu{-1};
    std::atomic<u8> defer_s{0};  // TCP_DEFER_ACCEPT

    /// A SYN for it. Consumes the packet. `start`: the least initial sequence number that will do
    /// (TIME_WAIT), or 0.
    void input_syn(packet_ptr p, const segment& s, const flow_key& k,
                   sequence_number start) noexcept;
    /// A segment for one of its requests. Consumes it.
    void input_request(packet_ptr p, request& r) noexcept;
    /// A segment without SYN that belongs to no flow: a cookie comes back?
    /// @return the packet if not.
    packet_ptr input_cookie(packet_ptr p, const flow_key& k) noexcept;
    /// A SYN-ACK could not be delivered (ICMP).
    void unreachable(request& r) noexcept;

    /// The next connection; null: none.
    refptr<endpoint_state> accept() noexcept;
    [[nodiscard]] u32 waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
    /// Nobody listens any more: resets what was not accepted.
    void close() noexcept;
    void set_settings(const settings& s) noexcept;
    /// TCP_FASTOPEN: 0 ends it.
    void set_fast_open(u32 most) noexcept { budget_->most.store(most, std::memory_order_relaxed); }
    /// Whose wait queues tell of connections.
    endpoint_state& home() const noexcept { return *home_; }

private:
    friend class ref_counted<listener>;
    friend struct listener_access;
    struct queued {
        list_hook hook;
        refptr<endpoint_state> connection;
    };
    void last_reference_gone() noexcept;
    [[nodiscard]] settings current_settings() noexcept;
    void send_syn_ack(request& r) noexcept;
    void send_cookie(const packet& p, const segment& s, const flow_key& k) noexcept;
    void complete(packet_ptr p, const flow_key& k, const handshake& h, request* r,
                  const segment* early = nullptr) noexcept;
    bool fast_open(packet_ptr& p, const segment& s, const flow_key& k, handshake& h) noexcept;
    void forget(request& r) noexcept;
    void resend() noexcept;
    static void timer_fired(sched::timer& t) noexcept;

    refptr<endpoint_state> home_;
    const refptr<fast_open_budget> budget_;
    sync::mutex mutex_{sync::lock_rank::network_configuration};
    settings settings_;
    intrusive_list<request, &request::hook> requests_;
    intrusive_list<queued, &queued::hook> queue_;
    std::atomic<u32> waiting_{0}, under_way_{0};
    std::atomic<u64> cookies_until_{0};
    bool closed_ = false, timer_pending_ = false;
    sched::timer timer_{timer_fired};
    sync::rcu_head rcu_;
};

/// All listeners by port, read under RCU.
class listener_table {
public:
    void add(listener& l) noexcept;  // takes a reference
    void remove(listener& l) noexcept;
    /// The best one for a packet: bound to its address before any address, to its device before
    /// any; among equals of a SO_REUSEPORT group the flow's hash decides. With a reference.
    refptr<listener> find(const flow_key& k, u32 hash, u32 device) noexcept;
    template <typename F>
    void for_each(F&& visit) noexcept {
        sync::rcu_read_guard reading;
        for (auto& head : heads_)
            for (listener* l = head.load(std::memory_order_acquire); l;
                 l = l->next.load(std::memory_order_acquire))
                visit(*l);
    }

private:
    static constexpr u32 buckets = 256;
    sync::mutex mutex_{sync::lock_rank::network_configuration};
    std::atomic<listener*> heads_[buckets] = {};
};
listener_table& listeners() noexcept;

}  // namespace osprey::net::tcp
