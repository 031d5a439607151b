// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <cstring>
#include <net/socket_address.hh>
#include <net/socket_filter.hh>
#include <span>
#include <vfs/file.hh>
#include <vfs/io_buffer.hh>
#include <vfs/poll.hh>

namespace osprey::net {

/// SOCK_*
enum socket_type : int { sock_stream = 1, sock_dgram = 2, sock_raw = 3, sock_seqpacket = 5 };

/// The levels of setsockopt(2) (SOL_*); IP protocols are levels too.
enum socket_level : int { sol_socket = 1, sol_netlink = 270 };

/// The part of SO_* that families meet themselves: socket(7).
enum socket_option : int {
    so_reuseaddr = 2,
    so_broadcast = 6,
    so_sndbuf = 7,
    so_rcvbuf = 8,
    so_keepalive = 9,
    so_oobinline = 10,
    so_linger = 13,
    so_reuseport = 15,
    so_passcred = 16,
    so_peercred = 17,
    so_rcvlowat = 18,
    so_bindtodevice = 25,
    so_attach_filter = 26,
    so_peername = 28,
    so_peersec = 31,
    so_incoming_cpu = 49,
    so_peergroups = 59,
};

/// MSG_* flags of Linux.
enum message_flag : u32 {
    msg_oob = 1,
    msg_peek = 2,
    msg_dontroute = 4,
    msg_ctrunc = 8,
    msg_trunc = 0x20,
    msg_dontwait = 0x40,
    msg_eor = 0x80,
    msg_waitall = 0x100,
    msg_confirm = 0x800,
    msg_errqueue = 0x2000,
    msg_nosignal = 0x4000,
    msg_more = 0x8000,
    msg_waitforone = 0x10000,
    msg_zerocopy = 0x4000000,
    msg_cmsg_cloexec = 0x40000000,
};

/// Ancillary data on its way to an application: cmsghdr records, in kernel memory.
class control_buffer {
public:
    explicit control_buffer(std::span<u8> room) noexcept : room_{room} {}
    /// Adds one record; what does not fit is cut and `truncated()` becomes true (MSG_CTRUNC).
    void add(int level, int type, const void* data, usize bytes) noexcept;
    [[nodiscard]] usize used() const noexcept { return used_; }
    [[nodiscard]] bool truncated() const noexcept { return truncated_; }

private:
    std::span<u8> room_;
    usize used_ = 0;
    bool truncated_ = false;
};
/// Calls `visit(int level, int type, std::span<const u8> data)`, which returns `result<void>`, for
/// each cmsghdr record. @return `errc::invalid_argument`: malformed; else the first error of
/// `visit`.
template <typename F>
result<void> for_each_control(std::span<const u8> records, F&& visit) noexcept {
    constexpr usize header = 16;  // struct cmsghdr: u64 length, i32 level, i32 type
    while (records.size() >= header) {
        u64 length;
        i32 level, type;
        std::memcpy(&length, records.data(), 8);
        std::memcpy(&level, records.data() + 8, 4);
        std::memcpy(&type, records.data() + 12, 4);
        if (length < header || length > records.size())
            return errc::invalid_argument;
        TRY_VOID(visit(level, type, records.subspan(header, length - header)));
        const usize step = align_up(length, 8);
        records = records.subspan(step < records.size() ? step : records.size());
    }
    return ok;
}

/// One send(2) or recv(2) of any kind.
struct message {
    vfs::io_buffer& data;
    u32 flags = 0;                          // msg_* that the caller gave
    u32 told = 0;                           // receive: what goes back in msg_flags, msg_*
    socket_address* name = nullptr;         // send: where to (null: connected); receive: filled in
    std::span<const u8> control_in{};       // send: ancillary records
    control_buffer* control_out = nullptr;  // receive: null if the caller wants none
    /// Files that a message carries (SCM_RIGHTS): the ABI layer turns them into descriptors.
    vector<refptr<vfs::file>>* files = nullptr;
};

/// A socket of any family: what the system calls of socket(2) act on. Families derive from it.
///
/// Calls that wait honour `nonblocking()` (send and receive find it as `msg_dontwait` in the
/// message) and the time-outs below, and answer `errc::again`, `errc::in_progress`, or what
/// `wait_failure` says when a signal came. SIGPIPE is the business of the system call.
/// Context of all operations: threads, may sleep.
class socket : public vfs::file {
public:
    socket(int family, int type, int protocol, u32 flags) noexcept;
    ~socket() override;

    [[nodiscard]] int family() const noexcept { return family_; }
    [[nodiscard]] int type() const noexcept { return type_; }
    [[nodiscard]] int protocol() const noexcept { return protocol_; }

    virtual result<void> bind(const socket_address& a) noexcept;
    virtual result<void> connect(const socket_address& a) noexcept;
    virtual result<void> listen(int backlog) noexcept;
    /// `flags`: O_NONBLOCK for the new socket.
    virtual result<refptr<socket>> accept(u32 flags) noexcept;
    virtual result<usize> send(message& m) noexcept = 0;
    virtual result<usize> receive(message& m) noexcept = 0;
    /// `how`: bit 0 receiving, bit 1 sending.
    virtual result<void> shutdown(u32 how) noexcept;
    virtual result<socket_address> name() noexcept = 0;
    virtual result<socket_address> peer() noexcept;  // errc::not_connected
    /// Options of levels other than SOL_SOCKET, and those of SOL_SOCKET that need the family.
    /// @return `errc::no_protocol_option`.
    virtual result<void> set_option(int level, int option, std::span<const u8> value) noexcept;
    /// Fills `value` and returns how many bytes the option has.
    virtual result<usize> get_option(int level, int option, std::span<u8> value) noexcept;
    /// sendfile(2) of cached pages: takes some of `pages` with references of its own, and gives
    /// back how many bytes those are. `flags`: msg_more, msg_dontwait.
    /// @return `errc::not_supported`: the caller copies; else as `send`.
    virtual result<usize> send_pages(std::span<const fragment> pages, u32 flags) noexcept;
    /// Does it listen for connections (SO_ACCEPTCONN)?
    [[nodiscard]] virtual bool listening() const noexcept { return false; }
    /// SO_ERROR. Families that learn of errors late look first.
    [[nodiscard]] virtual errc pending_error() noexcept { return take_error(); }

    // SOL_SOCKET options that all families share live here (socket_options.cc).
    /// setsockopt(2), getsockopt(2) for level SOL_SOCKET; what is unknown here goes on to the
    /// family. @return `errc::invalid_argument`, `errc::no_protocol_option`…
    result<void> set_socket_option(int option, std::span<const u8> value) noexcept;
    result<usize> get_socket_option(int option, std::span<u8> value) noexcept;
    /// What SO_SNDBUF and SO_RCVBUF tell: for families that size their buffers themselves.
    [[nodiscard]] virtual u32 send_buffer_size() noexcept { return send_room(); }
    [[nodiscard]] virtual u32 receive_buffer_size() noexcept { return receive_room(); }
    /// SO_MEMINFO, beyond the sizes of the buffers: bytes that wait to be read, bytes that wait to
    /// be sent, packets dropped.
    struct memory_use {
        u32 to_read = 0, to_send = 0, dropped = 0;
    };
    [[nodiscard]] virtual memory_use memory_in_use() noexcept { return {}; }
    /// After one of them was changed: the family may have to do something about it (timers of
    /// SO_KEEPALIVE, senders that wait for SO_SNDBUF).
    virtual void option_changed(int option) noexcept { (void)option; }
    /// When waiting ends without success: `errc::again` at the deadline; when a signal came,
    /// `errc::restart_always`, or `errc::interrupted` if a time-out was set (signal(7)).
    static errc wait_failure(errc of_wait, instant deadline) noexcept;
    /// SO_TIMESTAMP, SO_TIMESTAMPNS: adds the record for something that arrived at `at` (0: now)
    /// if the application wants it.
    void add_timestamp(control_buffer& to, instant at) noexcept;
    /// SO_ATTACH_FILTER: how many bytes of the packet the socket takes; 0: none. Without a filter
    /// all of them, at the cost of one load. Context: any thread, also under RCU.
    [[nodiscard]] u32 filtered(const filter_input& packet) const noexcept {
        return filter_.read() ? run_filter(packet) : ~u32{0};
    }
    /// MSG_ZEROCOPY on a socket with SO_ZEROCOPY: one more send that took data is done. Nothing is
    /// lent to the network here: the data were copied, and the application is told so.
    void zero_copy_done() noexcept { zero_copies_.fetch_add(1, std::memory_order_release); }
    [[nodiscard]] bool zero_copies_wait() const noexcept {
        return zero_copies_.load(std::memory_order_relaxed) !=
               zero_copies_told_.load(std::memory_order_relaxed);
    }
    /// Tells of all of them at once. @return false: none.
    [[nodiscard]] bool receive_zero_copies(message& m) noexcept;
    /// SO_COOKIE, and the cookie of sock_diag: not the same for two sockets.
    [[nodiscard]] u64 cookie() const noexcept { return inode_; }
    /// SO_RCVTIMEO, SO_SNDTIMEO; 0: none.
    [[nodiscard]] instant receive_deadline() const noexcept;
    [[nodiscard]] instant send_deadline() const noexcept;
    /// SO_RCVBUF, SO_SNDBUF in bytes, as getsockopt tells them (doubled, socket(7)).
    [[nodiscard]] u32 receive_room() const noexcept {
        return receive_room_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] u32 send_room() const noexcept {
        return send_room_.load(std::memory_order_relaxed);
    }
    /// SO_ERROR: taken by whoever reports it first.
    [[nodiscard]] errc take_error() noexcept { return error_.exchange(errc{}); }
    void set_error(errc e) noexcept { error_.store(e); }

    // vfs::file
    result<usize> read(vfs::io_buffer& to) noexcept override;
    result<usize> write(vfs::io_buffer& from) noexcept override;
    result<usize> read_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override { return errc::illegal_seek; }
    result<vfs::attributes> get_attributes() noexcept override;
    usize describe(char* to, usize room) const noexcept override;  // "socket:[12]"
    [[nodiscard]] bool is_socket() const noexcept override { return true; }
    [[nodiscard]] u64 inode() const noexcept { return inode_; }

    /// Who waits: `readable` for data, connections and errors, `writable` for room and the end of
    /// connect(2). `poll` of a family subscribes to both.
    sync::wait_queue readable, writable;

    // Flags of SOL_SOCKET, read by families.
    std::atomic<bool> reuse_address{false}, reuse_port{false}, broadcast{false}, keep_alive{false},
        dont_route{false}, out_of_band_inline{false}, timestamps{false}, pass_credentials{false};
    std::atomic<u32> bound_device{0}, mark{0}, priority{0}, busy_poll_us{0};
    std::atomic<i32> linger_seconds{-1};    // -1: off
    std::atomic<i32> incoming_cpu{-1};      // SO_INCOMING_CPU; -1: none was chosen
    std::atomic<u32> receive_low_water{1};  // SO_RCVLOWAT
    std::atomic<u32> max_pacing_rate{~u32{0}};
    std::atomic<bool> zero_copy{false};  // SO_ZEROCOPY: MSG_ZEROCOPY may be used

protected:
    std::atomic<errc> error_{};

private:
    result<void> set_switch(int option, bool on) noexcept;
    result<void> set_number(int option, i32 value) noexcept;
    result<void> set_structure(int option, std::span<const u8> value) noexcept;
    result<void> set_buffer(int option, u32 bytes, bool forced) noexcept;
    result<void> set_device(std::span<const u8> value) noexcept;
    result<void> attach_filter(std::span<const u8> value) noexcept;
    result<void> detach_filter() noexcept;
    result<i32> number_of(int option) noexcept;
    u32 run_filter(const filter_input& packet) const noexcept;

    const int family_, type_, protocol_;
    const u64 inode_;
    std::atomic<u32> receive_room_, send_room_;
    std::atomic<u32> zero_copies_{0}, zero_copies_told_{0};  // MSG_ZEROCOPY: sends
    std::atomic<u64> receive_timeout_ns_{0}, send_timeout_ns_{0};
    std::atomic<u32> timestamp_option_{0};  // SO_TIMESTAMP… that was set last; 0: none
    std::atomic<u32> timestamping_{0};      // SO_TIMESTAMPING
    std::atomic<bool> filter_locked_{false};
    sync::rcu_pointer<socket_filter> filter_;
    vfs::timestamp created_;
};

/// How a family makes its sockets. At boot only.
struct family_operations {
    int family;
    /// `flags`: O_NONBLOCK. @return `errc::socket_type_not_supported`,
    /// `errc::protocol_not_supported`.
    result<refptr<socket>> (*create)(int type, int protocol, u32 flags) noexcept;
    /// socketpair(2); null: `errc::not_supported`.
    result<void> (*create_pair)(int type, int protocol, u32 flags,
                                refptr<socket> (&ends)[2]) noexcept;
};
void register_family(const family_operations& f) noexcept;
/// @return null: no such family.
const family_operations* find_family(int family) noexcept;

}  // namespace osprey::net
