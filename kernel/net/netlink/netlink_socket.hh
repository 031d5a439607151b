// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <net/netlink/message.hh>
#include <net/socket.hh>

namespace osprey::net {

class netlink_socket;

/// Answers to one request: collected into datagrams of a size that every reader has room for.
class netlink_answer {
public:
    netlink_answer(netlink_socket& to, const netlink_request_view& request) noexcept
        : to_{to}, request_{request} {}
    /// A message of an answer; `write(netlink_writer&)` adds fixed part and attributes.
    template <typename F>
    void message(u16 type, F&& write) noexcept {
        const usize before = out_.size();
        begin(type);
        write(out_);
        out_.end();
        made_room(before);
    }
    /// The answer is a list, which ends with NLMSG_DONE in place of an acknowledgement.
    void is_dump() noexcept { dumped_ = true; }
    [[nodiscard]] bool was_dump() const noexcept;
    /// Sends what was collected.
    result<void> finish() noexcept;
    [[nodiscard]] const netlink_request_view& request() const noexcept { return request_; }

private:
    void begin(u16 type) noexcept;
    void made_room(usize before) noexcept;
    void send() noexcept;
    netlink_socket& to_;
    const netlink_request_view& request_;
    netlink_writer out_;
    bool failed_ = false, dumped_ = false;
};

/// A protocol of netlink. `handle` treats one request: answers through `answer`, or says what is
/// wrong; the acknowledgement is made from its result.
struct netlink_protocol {
    int number;
    u32 groups;  // how many multicast groups there are
    result<void> (*handle)(const netlink_request_view& r, netlink_answer& answer) noexcept;
};
enum netlink_number : int {
    netlink_route = 0,
    netlink_sock_diag = 4,
    netlink_kobject_uevent = 15,
    netlink_generic = 16,
};

/// A socket of AF_NETLINK between an application and the kernel. Requests are worked on in the
/// thread that sends them; what comes back waits in a queue.
class netlink_socket final : public socket {
public:
    netlink_socket(const netlink_protocol& p, int type, u32 flags) noexcept;

    result<void> bind(const socket_address& a) noexcept override;
    result<void> connect(const socket_address& a) noexcept override;
    result<usize> send(message& m) noexcept override;
    result<usize> receive(message& m) noexcept override;
    result<socket_address> name() noexcept override;
    result<socket_address> peer() noexcept override;
    result<void> set_option(int level, int option, std::span<const u8> value) noexcept override;
    result<usize> get_option(int level, int option, std::span<u8> value) noexcept override;
    u32 poll(vfs::poll_registration* w) noexcept override;
    result<u64> ioctl(u32 request, u64 argument) noexcept override;
    void released() noexcept override;

    /// Queues one datagram from the kernel. `group`: for members of it; 0: an answer. A full queue
    /// drops what goes to groups and tells the reader ENOBUFS.
    void deliver(vector<u8>&& bytes, u32 group) noexcept;

    /// What /proc/net/netlink tells.
    struct view {
        int protocol;
        u32 port, groups, queued, drops;
        u64 inode;
    };
    static void for_each(void (*visit)(const view& v, void* context), void* context) noexcept;
    [[nodiscard]] static u32 count() noexcept;

private:
    friend void netlink_multicast(int protocol, u32 group, netlink_writer& message) noexcept;
    friend bool netlink_has_members(int protocol, u32 group) noexcept;
    friend struct netlink_table;
    struct datagram {
        datagram* next = nullptr;
        u32 group;
        vector<u8> bytes;
    };
    result<void> bind_to(u32 port) noexcept;
    result<void> join(u32 group, bool member) noexcept;
    void handle(std::span<const u8> bytes) noexcept;
    void acknowledge(const netlink_request_view& r, errc outcome) noexcept;
    result<usize> take(message& m, bool& found) noexcept;
    [[nodiscard]] bool is_member(u32 group) const noexcept {
        return group != 0 && groups_.load() >> (group - 1) & 1;
    }

    const netlink_protocol& protocol_;
    std::atomic<u32> port_{0};
    std::atomic<u64> groups_{0};  // bit 0 is group 1
    std::atomic<u32> peer_port_{0}, peer_groups_{0};
    std::atomic<u32> drops_{0};
    std::atomic<bool> packet_info_{false}, broadcast_errors_{false}, no_buffer_errors_{false},
        short_acks_{false}, extended_acks_{false}, strict_{false}, all_namespaces_{false};
    sync::mutex mutex_{sync::lock_rank::pipe};
    datagram *first_ = nullptr, *last_ = nullptr;  // guarded by mutex_
    std::atomic<u32> queued_bytes_{0}, queued_count_{0};
    list_hook hook_;  // of the table
};

/// Sends a message to the members of a group. Context: threads, without locks of the stack.
void netlink_multicast(int protocol, u32 group, netlink_writer& message) noexcept;
/// Does anybody listen? To save the work of making the message.
[[nodiscard]] bool netlink_has_members(int protocol, u32 group) noexcept;

/// At boot: makes AF_NETLINK and its protocols known.
void register_netlink() noexcept;

// The protocols.
extern const netlink_protocol route_protocol, diag_protocol;

}  // namespace osprey::net
