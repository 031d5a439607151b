// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/mpsc_queue.hh>
#include <net/datagram/channel.hh>
#include <net/datagram/ip_socket_options.hh>
#include <net/protocol.hh>
#include <net/route.hh>
#include <net/tcp/connection.hh>
#include <net/tcp/fast_open.hh>
#include <net/tcp/flow.hh>
#include <sched/timer.hh>
#include <sync/wait_queue.hh>

namespace osprey::net::tcp {

/// A connection in the kernel: the engine, the channel on which its packets wait, the lock, the
/// timer and the threads that wait for it. Lives on when its socket is closed, until the protocol
/// is done.
///
/// Who wants something of the connection holds the lock (`session`); he processes what the channel
/// holds first, and looks again before he lets go. The receive path only pushes. It goes on to
/// process itself (if the lock is free; else the holder is asked to) when nobody else would: the
/// socket is closed, or acknowledgements let waiting data go. See docs/tcp.md.
class endpoint_state final : public flow, public segment_output {
public:
    explicit endpoint_state(const settings& s) noexcept;
    ~endpoint_state() override;

    /// Holds the lock for a scope.
    class session {
    public:
        explicit session(endpoint_state& e) noexcept : e_{e} { e_.enter(); }
        /// Of an endpoint that nobody else knows yet: never waits, so other endpoints may be held.
        enum class fresh { endpoint };
        session(endpoint_state& e, fresh) noexcept : e_{e} { e_.enter_fresh(); }
        ~session() { e_.leave(); }
        session(const session&) = delete;

    private:
        endpoint_state& e_;
    };

    // --- For those who hold the lock
    connection& c() noexcept { return connection_; }
    [[nodiscard]] instant now() const noexcept { return now_; }
    /// A fresh connection in place of one that ended or never began.
    void reset(const settings& s) noexcept;
    /// Which way it takes. `errc` of `find_route`.
    result<void> find_way() noexcept;
    void use_way(refptr<route> r) noexcept { route_ = static_cast<refptr<route>&&>(r); }
    [[nodiscard]] route* way() const noexcept { return route_.get(); }
    /// Makes `local` and `remote` its key and the connection's path.
    void set_ends(const endpoint& local, const endpoint& remote) noexcept;
    /// The application will not read or write any more.
    void orphan() noexcept { orphaned_ = true; }
    [[nodiscard]] bool orphaned() const noexcept { return orphaned_; }
    /// Somebody waits for room: acknowledgements matter.
    void want_room() noexcept { room_wanted_ = true; }
    /// What to give `changed_since` when the lock is let go.
    [[nodiscard]] u32 changes() const noexcept { return changes_.load(std::memory_order_relaxed); }
    /// Time passed, or data were consumed: sends and arms what follows. `leave` does it as well.
    void settle() noexcept;
    /// What was pushed meanwhile; `enter` has done it once.
    void drain() noexcept;

    // --- For everybody
    /// Whether it is worth a look: packets wait, or something happened since `changes` said `then`.
    [[nodiscard]] bool changed_since(u32 then) const noexcept {
        return channel_.has_pushed() || changes_.load(std::memory_order_relaxed) != then;
    }

    // --- For the receive path
    enum class duty : u8 { none, wake_readers, wake_all, run, wait };
    /// Queues the packet; `data()` is at the TCP header. Takes a reference for what has to be done
    /// by `perform` afterwards, unless that is nothing. Context: under RCU.
    [[nodiscard]] duty push(packet_ptr p) noexcept;
    /// Does it and drops the reference. Context: threads.
    void perform(duty d) noexcept;
    /// An ICMP error about a segment of ours, to be looked at by whoever comes next.
    void tell(errc why, u32 mtu, sequence_number at) noexcept;
    /// IP_RECVERR: from now on ICMP errors are kept for recvmsg(MSG_ERRQUEUE).
    /// @return `errc::out_of_memory`.
    result<void> keep_errors() noexcept;
    /// Puts one into the queue, if there is one. `quoted`: the first bytes of what was sent.
    void keep_error(const icmp_error& e, errc why) noexcept;
    /// Null: nobody asked for it. Whoever holds the lock takes from it.
    [[nodiscard]] packet_channel* errors() const noexcept {
        return errors_.load(std::memory_order_acquire);
    }
    /// Nobody will accept it: resets it, now or by whoever holds it.
    void abandon() noexcept;
    /// If the lock is free, processes what is due; else the holder does.
    void run() noexcept;

    sync::wait_queue readable, writable;

    // Set when it is opened; read by the sending path.
    u8 hop_limit = 64, traffic_class = 0;
    mtu_discovery discovery = mtu_discovery::want;
    u32 flow_label = 0, device = 0;
    binding* held = nullptr;
    refptr<fast_open_budget> budget;  // TCP Fast Open: until the handshake is over
    bool keeps_port = false;  // bind(2) named it: an open socket keeps it after its connection
    u32 owner_uid = 0;
    u8 family = 2;  // AF_INET or AF_INET6: of the socket
    u64 inode = 0;  // of the socket, for /proc/net/tcp; 0: closed

private:
    friend struct neglect_access;
    static constexpr u8 attends_acknowledgements = 1, attends_all = 2;
    static constexpr u32 least_channel = 256 * 1024;

    void enter() noexcept;
    void enter_fresh() noexcept;
    void leave() noexcept;
    [[nodiscard]] bool more_to_do() noexcept;
    void work_through() noexcept;
    void transmit(packet_ptr p) noexcept override;
    void take_error() noexcept;
    [[nodiscard]] u32 mtu_of_way() const noexcept;
    void arm_timer() noexcept;
    void end_of_connection() noexcept;
    void count_transition(state s) noexcept;
    void end_fast_open() noexcept;
    void count_retransmissions() noexcept;
    static void timer_fired(sched::timer& t) noexcept;

    std::atomic<u32> changes_{0};
    // Written by the receive path.
    alignas(64) mpsc_queue<packet, &packet::channel_next> channel_;
    std::atomic<u32> channel_bytes_{0};
    std::atomic<u32> channel_limit_{least_channel};
    std::atomic<u8> attention_{0};
    std::atomic<bool> run_wanted_{false};
    std::atomic<bool> timer_due_{false}, abandoned_{false};
    std::atomic<bool> neglected_{false};
    std::atomic<endpoint_state*> neglected_next_{nullptr};
    std::atomic<packet_channel*> errors_{nullptr};
    std::atomic<u64> error_{0};  // ICMP: number << 32 | errno << 16 | mtu

    // The holder's.
    sync::mutex mutex_{sync::lock_rank::socket};
    instant now_{};
    u8 events_ = 0;
    bool orphaned_ = false, room_wanted_ = false, timer_pending_ = false, mtu_changed_ = false;
    u32 accounted_ = 0;
    // What the statistics of all connections know of this one.
    state counted_state_ = state::closed;
    u32 counted_retransmissions_ = 0;
    sched::timer timer_;
    refptr<route> route_;
    connection connection_;
};

}  // namespace osprey::net::tcp
