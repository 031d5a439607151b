// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <net/socket.hh>
#include <net/unix/queue.hh>

namespace osprey::net {

/// The name of a bound socket (sockaddr_un), shared by the sockets that a listener made.
class unix_name final : public ref_counted<unix_name> {
public:
    explicit unix_name(const socket_address& a) noexcept : address{a} {}
    const socket_address address;
    [[nodiscard]] bool is_abstract() const noexcept { return address.bytes[2] == 0; }
    /// Without the family; abstract names with the zero in front.
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(address.bytes) + 2, address.length - 2};
    }
};

/// What is behind a socket of AF_UNIX: queue of what came, name, peer. It lives longer than the
/// open file when others still refer to it, and comes into being earlier when it is the end of a
/// connection that nobody has accepted yet.
///
/// Peers hold references to each other; `close`, which the file's last reference brings about,
/// takes the own one back. In connections (stream, seqpacket) the peer never changes, so it is read
/// without a lock; of datagram sockets `mutex_` guards it.
///
/// Locks: `mutex_` of one end at a time; it may be held over copies from and to the application, so
/// its rank is above those that page faults take. `pending_mutex_`, outside of it, guards the
/// queue of a listener.
class unix_end final : public ref_counted<unix_end> {
public:
    enum class state : u8 { unconnected, listening, connected, closed };
    enum shutdown_bit : u8 { receiving = 1, sending = 2, both = 3 };

    /// Its own reference belongs to the caller, who calls `close` in the end.
    static result<refptr<unix_end>> create(int type) noexcept;
    explicit unix_end(int type) noexcept : relay_{*this}, type_{type} {}
    ~unix_end();

    [[nodiscard]] int type() const noexcept { return type_; }
    [[nodiscard]] bool connection_based() const noexcept { return type_ != sock_dgram; }
    [[nodiscard]] state current_state() const noexcept {
        return state_.load(std::memory_order_acquire);
    }

    // Names (names.cc). Errors as bind(2) of unix(7).
    result<void> bind(const socket_address& a) noexcept;
    /// A name of its own choice, unless it has one.
    result<void> bind_automatically() noexcept;
    /// The socket with this name. @return `errc::connection_refused`,
    /// `errc::wrong_protocol_type`, `errc::invalid_argument`; those of path resolution.
    static result<refptr<unix_end>> find(const socket_address& a, int type) noexcept;
    [[nodiscard]] refptr<unix_name> name() noexcept;
    /// @return `errc::invalid_argument`: not a sockaddr_un with a name.
    static result<void> check_name(const socket_address& a) noexcept;

    // Connections (connect.cc)
    result<void> listen(int backlog) noexcept;
    /// Stream and seqpacket: makes the listener's end too. Datagram: sets the peer; AF_UNSPEC takes
    /// it away. `wait`: for room in the listener's queue.
    result<void> connect(const socket_address& a, instant deadline, bool wait) noexcept;
    result<refptr<unix_end>> accept(instant deadline, bool wait) noexcept;
    /// socketpair(2)
    static void join(unix_end& a, unix_end& b) noexcept;
    void shut_down(u32 how) noexcept;
    /// The socket is gone: tells the peer, gives up the name. Once.
    void close() noexcept;
    [[nodiscard]] refptr<unix_end> peer() noexcept;

    // Data (stream.cc, datagram.cc)
    result<usize> send_stream(message& m, const socket& options) noexcept;
    result<usize> receive_stream(message& m, const socket& options) noexcept;
    /// SIOCATMARK: is the next byte the urgent one, or was it?
    [[nodiscard]] bool at_mark() noexcept;
    result<usize> send_datagram(message& m, const socket& options) noexcept;
    result<usize> receive_datagram(message& m, socket& options) noexcept;

    u32 poll(vfs::poll_registration* w) noexcept;
    /// SIOCINQ, SIOCOUTQ
    [[nodiscard]] u32 readable_bytes() noexcept;
    [[nodiscard]] u32 unread_by_peer() noexcept;
    [[nodiscard]] bool may_send() noexcept {
        return unread_by_peer() * 4 <= send_room.load(std::memory_order_relaxed);
    }

    sync::wait_queue readable, writable;
    /// Senders of datagrams wait here for a shorter queue.
    sync::wait_queue queue_room{sync::lock_rank::none};
    std::atomic<u64> inode{0};  // of the socket; 0: not accepted yet
    std::atomic<errc> error{};
    std::atomic<bool> wants_credentials{false};  // SO_PASSCRED of its socket
    std::atomic<u32> send_room{212992};          // SO_SNDBUF of its socket
    std::atomic<i32> peek_offset{-1};            // SO_PEEK_OFF
    credentials peer_credentials;                // SO_PEERCRED; set before others see it
    vector<u32> peer_groups;                     // SO_PEERGROUPS; likewise

    /// What /proc/net/unix and unix_diag tell.
    struct view {
        u64 inode, peer_inode;
        u32 references, queued_bytes, sent_bytes, pending, backlog;
        int type;
        state now;
        u8 shut;
        refptr<unix_name> name;
    };
    [[nodiscard]] view look() noexcept;
    /// All that are open.
    static result<vector<view>> list() noexcept;
    [[nodiscard]] static u32 count() noexcept;

private:
    friend class ref_counted<unix_end>;
    friend class unix_garbage;
    friend class abstract_names;

    list_hook all_hook_, pending_hook_, flight_hook_;
    unix_end* next_by_name_ = nullptr;  // guarded by abstract_names::mutex

    [[nodiscard]] u8 shut() const noexcept { return shut_.load(std::memory_order_acquire); }
    /// For wait conditions: is there something that a receiver has to look at?
    [[nodiscard]] bool anything_to_receive() const noexcept {
        return !queue_.empty() || (shut() & receiving) || error.load() != errc{};
    }
    /// Tells `writable` that the queue of the datagram peer got shorter.
    struct room_relay final : sync::waiter {
        explicit room_relay(unix_end& e) noexcept : waiter{&happened}, owner{e} {}
        static void happened(sync::waiter& self, u32 key) noexcept;
        unix_end& owner;
    };
    struct stream_reader;
    struct outgoing;
    struct incoming;
    using all_list = intrusive_list<unix_end, &unix_end::all_hook_>;
    using pending_list = intrusive_list<unix_end, &unix_end::pending_hook_>;
    static all_list& all() noexcept;

    enum class push_outcome : u8 { done, full };
    result<push_outcome> push_pending(unix_end& client, unix_end& fresh) noexcept;
    result<void> join_listener(const socket_address& a, unix_end& fresh, instant deadline,
                               bool wait) noexcept;
    result<void> set_peer(refptr<unix_end> peer) noexcept;
    void forget_peer(unix_end& gone) noexcept;
    [[nodiscard]] bool accepts_from(const unix_end& sender) const noexcept;
    void close_pending() noexcept;

    result<usize> put_stream(unix_end& to, outgoing& what) noexcept;
    result<void> take_stream(incoming& what) noexcept;
    result<void> put_urgent(unix_end& to, message& m) noexcept;
    result<usize> receive_urgent(message& m, const socket& options) noexcept;
    [[nodiscard]] bool pass_urgent(incoming& in, unix_message*& u) noexcept;
    void drop_front() noexcept { queue_.recycle(queue_.pop()); }
    result<void> check_datagram(const message& m) noexcept;
    result<unix_message*> make_datagram(message& m) noexcept;
    result<push_outcome> put_datagram(unix_end& to, unix_message* m) noexcept;
    result<void> deliver(const socket_address* to_name, unix_message* u, instant deadline,
                         bool wait) noexcept;
    result<void> wait_to_send(unix_end* to, instant deadline, bool wait) noexcept;
    [[nodiscard]] bool queue_full_for(const unix_end& sender) const noexcept;
    struct found_datagram;
    result<void> take_datagram(message& m, unix_message* u, usize skip,
                               found_datagram& found) noexcept;
    void finish_datagram(found_datagram& found) noexcept;
    /// What a receiver saw of the queue: a message, or how many had arrived when there was none.
    struct queue_look {
        bool met = false;
        u32 arrivals = 0;
    };
    result<usize> next_datagram(message& m, socket& options, queue_look& look) noexcept;
    /// Room that a receiver gave back to this sender: `before` and `now` are what is queued.
    void room_came_back(u32 before, u32 now) noexcept;
    void datagram_gone(const unix_message& m) noexcept;
    void tell_credentials(message& m, const credentials& who) noexcept;

    /// SCM_CREDENTIALS among `records`, or else `own`. @return `errc::no_process`,
    /// `errc::invalid_argument`.
    static result<credentials> credentials_in(std::span<const u8> records,
                                              const credentials& own) noexcept;
    void move_peek_offset(bool peeked, i32 bytes) noexcept;
    void peer_shut(u8 how) noexcept;
    void purge() noexcept;
    result<void> bind_path(const socket_address& a) noexcept;
    result<void> set_name(refptr<unix_name> name) noexcept;
    void unbind() noexcept;

    room_relay relay_;  // in the `queue_room` of the peer; changes guarded by mutex_
    const int type_;
    sync::mutex mutex_{sync::lock_rank::pipe};
    unix_queue queue_;                            // guarded by mutex_
    std::atomic<unix_message*> urgent_{nullptr};  // in `queue_`, not read; changes under `mutex_`
    std::atomic<state> state_{state::unconnected};
    std::atomic<u8> shut_{0};
    std::atomic<unix_end*> peer_{nullptr};  // with a reference
    std::atomic<u32> sent_charge_{0};       // datagrams that are queued elsewhere
    refptr<unix_name> name_;                // guarded by mutex_
    vfs::path place_;                       // keeps the cached name of a path; guarded by mutex_

    sync::mutex pending_mutex_{sync::lock_rank::file};
    pending_list pending_;  // not accepted yet, with a reference each; guarded by pending_mutex_
    std::atomic<u32> pending_count_{0}, backlog_{0};
    sync::wait_queue pending_room_;  // connect(2) waits for room in the queue of a listener
    credentials listener_credentials_;
    vector<u32> listener_groups_;

    bool unaccepted_ = false;

    // Garbage collection, guarded by its mutex (garbage.cc)
    vfs::file* file_ = nullptr;
    u32 in_flight_ = 0;  // how many messages carry it
    u32 unexplained_ = 0;
    enum class garbage_state : u8 { reachable, suspect } garbage_ = garbage_state::reachable;
};

/// The open file.
class unix_socket final : public socket {
public:
    static result<refptr<unix_socket>> create(int type, u32 flags) noexcept;
    unix_socket(refptr<unix_end> end, int type, u32 flags) noexcept;

    result<void> bind(const socket_address& a) noexcept override;
    result<void> connect(const socket_address& a) noexcept override;
    result<void> listen(int backlog) noexcept override;
    result<refptr<socket>> accept(u32 flags) noexcept override;
    result<usize> send(message& m) noexcept override;
    result<usize> receive(message& m) noexcept override;
    result<void> shutdown(u32 how) noexcept override;
    result<socket_address> name() noexcept override;
    result<socket_address> peer() noexcept override;
    result<void> set_option(int level, int option, std::span<const u8> value) noexcept override;
    result<usize> get_option(int level, int option, std::span<u8> value) noexcept override;
    [[nodiscard]] bool listening() const noexcept override {
        return end_->current_state() == unix_end::state::listening;
    }
    [[nodiscard]] errc pending_error() noexcept override { return end_->error.exchange(errc{}); }
    void option_changed(int option) noexcept override;
    u32 poll(vfs::poll_registration* w) noexcept override;
    result<u64> ioctl(u32 request, u64 argument) noexcept override;
    void released() noexcept override;

    [[nodiscard]] unix_end& end() const noexcept { return *end_; }
    /// Gives an end without a file (a new connection) its socket.
    static result<refptr<unix_socket>> wrap(refptr<unix_end> end, u32 flags) noexcept;

private:
    refptr<unix_end> end_;
};

/// Makes AF_UNIX known. Once, at boot.
void register_unix_sockets() noexcept;

}  // namespace osprey::net
