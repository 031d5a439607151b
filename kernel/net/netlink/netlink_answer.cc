// SPDX-License-Identifier: BSD-3-Clause
#include <net/netlink/netlink_socket.hh>
#include <net/netlink/route/route_messages.hh>

namespace osprey::net {

namespace {
constexpr usize datagram_bytes = 3776;  // what readers with a page as their buffer can take

/// The kernel has no news of this kind, and wants none.
result<void> refuse(const netlink_request_view&, netlink_answer&) noexcept {
    return errc::not_supported;
}
constexpr netlink_protocol uevent_protocol{netlink_kobject_uevent, 1, refuse};

const netlink_protocol* find_protocol(int number) noexcept {
    for (const netlink_protocol* p : {&route_protocol, &diag_protocol, &uevent_protocol})
        if (p->number == number)
            return p;
    return nullptr;
}

result<refptr<socket>> create(int type, int protocol, u32 flags) noexcept {
    if (type != sock_raw && type != sock_dgram)
        return errc::socket_type_not_supported;
    const netlink_protocol* p = find_protocol(protocol);
    if (!p)
        return errc::protocol_not_supported;
    return TRY(make_ref<netlink_socket>(*p, type, flags));
}

constexpr family_operations netlink_family{af_netlink, create, nullptr};
}  // namespace

void netlink_answer::begin(u16 type) noexcept {
    out_.begin(type, dumped_ ? netlink_multi : 0, request_.header.sequence, request_.port);
}

/// The message since `before` may have made the datagram too long: then it begins the next one.
void netlink_answer::made_room(usize before) noexcept {
    if (out_.size() <= datagram_bytes || before == 0)
        return;
    netlink_writer next;
    if (!next.bytes().append(out_.bytes().span().subspan(before)))
        failed_ = true;
    out_.bytes().truncate(before);
    send();
    out_ = std::move(next);
}

void netlink_answer::send() noexcept {
    if (out_.failed())
        failed_ = true;
    else if (out_.size() != 0)
        to_.deliver(std::move(out_.bytes()), 0);
    out_ = {};
}

bool netlink_answer::was_dump() const noexcept {
    return dumped_;
}

result<void> netlink_answer::finish() noexcept {
    if (dumped_)
        message(netlink_done, [](netlink_writer& out) { out.fixed(i32{0}); });
    send();
    return failed_ ? result<void>{errc::out_of_memory} : result<void>{ok};
}

void register_netlink() noexcept {
    start_route_notifications();
    register_family(netlink_family);
}

}  // namespace osprey::net
