// SPDX-License-Identifier: BSD-3-Clause
// Multicast options of ip(7) and ipv6(7), and those of both families in RFC 3678.
#include <net/datagram/datagram_socket.hh>
#include <net/ipv6/ipv6.hh>

namespace osprey::net {

namespace {

enum : int {
    ip_multicast_if = 32,
    ip_add_membership = 35,
    ip_drop_membership = 36,
    ip_unblock_source = 37,
    ip_block_source = 38,
    ip_add_source_membership = 39,
    ip_drop_source_membership = 40,
    ip_msfilter = 41,
    mcast_join_group = 42,
    mcast_block_source = 43,
    mcast_unblock_source = 44,
    mcast_leave_group = 45,
    mcast_join_source_group = 46,
    mcast_leave_source_group = 47,
    mcast_msfilter = 48,
    ipv6_join_group = 20,
    ipv6_leave_group = 21,
};

/// struct ip_mreqn; the shorter ip_mreq is its beginning.
struct mreqn {
    be32 group, address;
    i32 device;
};
/// struct ip_mreq_source
struct mreq_source {
    be32 group, interface, source;
};
/// struct ipv6_mreq
struct mreq6 {
    u8 group[16];
    u32 device;
};
/// struct group_source_req; group_req is its beginning.
struct group_request {
    u32 device;
    u32 pad;
    u8 group[socket_address::most_bytes];
    u8 source[socket_address::most_bytes];
};
constexpr usize group_request_bytes = 8 + socket_address::most_bytes;

template <typename T>
result<T> take(std::span<const u8> value, usize least) noexcept {
    if (value.size() < least)
        return errc::invalid_argument;
    T t{};
    std::memcpy(&t, value.data(), value.size() < sizeof t ? value.size() : sizeof t);
    return t;
}

/// The interface that has this IPv4 address; 0: any.
result<u32> device_of(u32 address) noexcept {
    if (address == 0)
        return u32{0};
    for (interface* i = first_interface(); i; i = next_interface(*i))
        if (i->has_address(ip_address::v4(address)))
            return i->index();
    return errc::no_device;
}

result<ip_address> address_in(const u8* storage) noexcept {
    socket_address a;
    std::memcpy(a.bytes, storage, sizeof a.bytes);
    a.length = sizeof a.bytes;
    return TRY(to_endpoint(a, a.family() == af_inet ? af_inet : af_inet6)).address;
}

result<void> change_source(memberships& groups, int option, const ip_address& group, u32 device,
                           const ip_address& source) noexcept {
    switch (option) {
        case ip_add_source_membership:
        case mcast_join_source_group:
            return groups.join_source(group, device, source);
        case ip_drop_source_membership:
        case mcast_leave_source_group:
            return groups.leave_source(group, device, source);
        case ip_block_source:
        case mcast_block_source:
            return groups.block(group, device, source, true);
        default:
            return groups.block(group, device, source, false);
    }
}

/// struct group_filter: device, group, mode, count, then the sources.
result<void> set_filter(memberships& groups, std::span<const u8> value) noexcept {
    constexpr usize header = group_request_bytes + 8;
    if (value.size() < header)
        return errc::invalid_argument;
    u32 device, mode, count;
    std::memcpy(&device, value.data(), 4);
    std::memcpy(&mode, value.data() + group_request_bytes, 4);
    std::memcpy(&count, value.data() + group_request_bytes + 4, 4);
    if (count > memberships::most_sources)
        return errc::no_buffers;
    if (value.size() < header + count * socket_address::most_bytes || mode > 1)
        return errc::invalid_argument;
    const ip_address group = TRY(address_in(value.data() + 8));
    ip_address sources[memberships::most_sources];
    for (u32 i = 0; i < count; ++i)
        sources[i] = TRY(address_in(value.data() + header + i * socket_address::most_bytes));
    return groups.set_filter(group, device, mode == 0, {sources, count});
}

}  // namespace

result<void> datagram_socket::set_group_option(int level, int option,
                                               std::span<const u8> value) noexcept {
    if (option == mcast_msfilter)
        return set_filter(groups_, value);
    if (option == mcast_join_group || option == mcast_leave_group) {
        const auto r = TRY(take<group_request>(value, group_request_bytes));
        const ip_address group = TRY(address_in(r.group));
        return option == mcast_join_group ? groups_.join(group, r.device)
                                          : groups_.leave(group, r.device);
    }
    if (option == mcast_block_source || option == mcast_unblock_source ||
        option == mcast_join_source_group || option == mcast_leave_source_group) {
        const auto r = TRY(take<group_request>(value, sizeof(group_request)));
        return change_source(groups_, option, TRY(address_in(r.group)), r.device,
                             TRY(address_in(r.source)));
    }
    if (level == level_ipv6) {
        if (option != ipv6_join_group && option != ipv6_leave_group)
            return errc::no_protocol_option;
        const auto r = TRY(take<mreq6>(value, sizeof(mreq6)));
        const ip_address group = ip_address::from_v6(r.group);
        return option == ipv6_join_group ? groups_.join(group, r.device)
                                         : groups_.leave(group, r.device);
    }
    switch (option) {
        case ip_multicast_if: {
            const auto r = TRY(take<mreqn>(value, 4));
            // A lone in_addr stands where the group is in the longer forms.
            const u32 address = value.size() < 8 ? u32{r.group} : u32{r.address};
            u32 device = value.size() >= sizeof r ? static_cast<u32>(r.device) : 0;
            if (device == 0)
                device = address ? TRY(device_of(address)) : 0;
            else if (!find_interface(device))
                return errc::address_not_available;
            options_.multicast_device.store(device);
            options_.multicast_source.store(address);
            return ok;
        }
        case ip_add_membership:
        case ip_drop_membership: {
            const auto r = TRY(take<mreqn>(value, 8));
            u32 device = value.size() >= sizeof r ? static_cast<u32>(r.device) : 0;
            if (device == 0)
                device = TRY(device_of(r.address));
            const ip_address group = ip_address::v4(r.group);
            return option == ip_add_membership ? groups_.join(group, device)
                                               : groups_.leave(group, device);
        }
        case ip_block_source:
        case ip_unblock_source:
        case ip_add_source_membership:
        case ip_drop_source_membership: {
            const auto r = TRY(take<mreq_source>(value, sizeof(mreq_source)));
            return change_source(groups_, option, ip_address::v4(r.group),
                                 TRY(device_of(r.interface)), ip_address::v4(r.source));
        }
        case ip_msfilter: {
            // struct ip_msfilter: group, interface, mode, count, sources.
            if (value.size() < 16)
                return errc::invalid_argument;
            const u32 count = load_little<u32>(value.data() + 12);
            const u32 mode = load_little<u32>(value.data() + 8);
            if (count > memberships::most_sources)
                return errc::no_buffers;
            if (value.size() < 16 + count * 4 || mode > 1)
                return errc::invalid_argument;
            ip_address sources[memberships::most_sources];
            for (u32 i = 0; i < count; ++i)
                sources[i] = ip_address::v4(load_big<u32>(value.data() + 16 + 4 * i));
            return groups_.set_filter(ip_address::v4(load_big<u32>(value.data())),
                                      TRY(device_of(load_big<u32>(value.data() + 4))), mode == 0,
                                      {sources, count});
        }
        default:
            return errc::no_protocol_option;
    }
}

result<usize> datagram_socket::get_group_option(int option, std::span<u8> value) noexcept {
    if (option == ip_multicast_if) {
        const u32 address = big_endian(options_.multicast_source.load());
        const usize n = value.size() < 4 ? value.size() : 4;
        std::memcpy(value.data(), &address, n);
        return usize{4};
    }
    return errc::no_protocol_option;
}

}  // namespace osprey::net
