// SPDX-License-Identifier: BSD-3-Clause
#include <memory/user_pointer.hh>
#include <net/interface_ioctl.hh>
#include <net/link_view.hh>
#include <net/route.hh>
#include <net/socket.hh>

namespace osprey::net {
namespace {

enum request : u32 {
    add_route_request = 0x890b,
    delete_route_request = 0x890c,
    get_name = 0x8910,
    get_list = 0x8912,
    get_flags = 0x8913,
    set_flags = 0x8914,
    get_address = 0x8915,
    set_address = 0x8916,
    get_peer_address = 0x8917,
    get_broadcast = 0x8919,
    set_broadcast = 0x891a,
    get_netmask = 0x891b,
    set_netmask = 0x891c,
    get_metric = 0x891d,
    get_mtu = 0x8921,
    set_mtu = 0x8922,
    set_hardware_address = 0x8924,
    get_hardware_address = 0x8927,
    get_index = 0x8933,
    get_queue_length = 0x8942,
    ethtool = 0x8946,
    get_map = 0x8970,
};

/// struct sockaddr_in
struct inet_address {
    u16 family;
    u16 port;
    u32 network_order;
    u8 zero[8];
    [[nodiscard]] u32 value() const noexcept { return big_endian(network_order); }
};

/// struct ifreq
struct abi_ifreq {
    char name[16];
    union {
        inet_address address;
        struct {
            u16 family;
            u8 bytes[14];
        } hardware;
        i16 flags;
        i32 number;
        u64 pointer;
        u8 raw[24];
    };
};
static_assert(sizeof(abi_ifreq) == 40);

/// struct ifconf
struct abi_ifconf {
    i32 bytes;
    u32 padding;
    u64 where;
};

/// struct rtentry
struct abi_rtentry {
    u64 padding1;
    inet_address destination, gateway, mask;
    u16 flags;
    u16 padding2;
    u64 padding3, padding4;
    i16 metric;
    u16 padding5[3];
    u64 device;
    u64 mtu, window;
    u16 round_trip;
};
static_assert(sizeof(abi_rtentry) == 120);

std::string_view name_in(const abi_ifreq& r) noexcept {
    const std::string_view all{r.name, sizeof r.name};
    const std::string_view name = all.substr(0, all.find('\0'));
    return name.substr(0, name.find(':'));  // labels like eth0:1
}

/// The first IPv4 address of an interface.
bool first_address(const interface& i, interface_address& to) noexcept {
    bool found = false;
    i.for_each_address([&](const interface_address& a) {
        if (!found && a.address.is_v4()) {
            to = a;
            found = true;
        }
    });
    return found;
}

u32 mask_of(unsigned prefix) noexcept {
    return prefix == 0 ? 0 : ~u32{0} << (32 - prefix);
}
/// @return more than 32: no netmask.
unsigned prefix_of(u32 mask) noexcept {
    const unsigned ones = static_cast<unsigned>(std::popcount(mask));
    return mask_of(ones) == mask ? ones : 33;
}

inet_address inet_of(u32 address) noexcept {
    return {af_inet, 0, big_endian(address), {}};
}

/// SIOCGIFCONF: interfaces with an IPv4 address.
result<u64> list(u64 argument) noexcept {
    const memory::user_ptr<abi_ifconf> at{argument};
    abi_ifconf c = TRY(at.load());
    const i32 room = c.bytes;
    i32 used = 0;
    for (interface* i = first_interface(); i; i = next_interface(*i)) {
        vector<u32> addresses;
        TRY_VOID(addresses.reserve(16));
        i->for_each_address([&](const interface_address& a) {
            if (a.address.is_v4() && addresses.size() < 16)
                (void)addresses.push_back(a.address.v4());
        });
        for (u32 address : addresses) {
            if (c.where == 0) {
                used += sizeof(abi_ifreq);
                continue;
            }
            if (used + static_cast<i32>(sizeof(abi_ifreq)) > room)
                break;
            abi_ifreq r{};
            std::memcpy(r.name, i->name().data(), i->name().size());
            r.address = inet_of(address);
            TRY_VOID(memory::copy_to_user(c.where + static_cast<u32>(used), &r, sizeof r));
            used += sizeof r;
        }
    }
    c.bytes = used;
    TRY_VOID(at.store(c));
    return u64{0};
}

result<void> fill(u32 request, interface& i, abi_ifreq& r) noexcept {
    const link_view v{i};
    interface_address a;
    switch (request) {
        case get_flags:
            r.flags = static_cast<i16>(v.flags);
            return ok;
        case get_mtu:
            r.number = static_cast<i32>(i.mtu());
            return ok;
        case get_index:
            r.number = static_cast<i32>(i.index());
            return ok;
        case get_metric:
            r.number = 0;
            return ok;
        case get_queue_length:
            r.number = static_cast<i32>(v.queue_length);
            return ok;
        case get_map:
            std::memset(r.raw, 0, sizeof r.raw);
            return ok;
        case get_hardware_address: {
            const mac_address mac = i.mac();
            r.hardware.family = v.hardware_type;
            std::memset(r.hardware.bytes, 0, sizeof r.hardware.bytes);
            std::memcpy(r.hardware.bytes, mac.bytes, sizeof mac.bytes);
            return ok;
        }
        default:
            break;
    }
    if (!first_address(i, a))
        return errc::address_not_available;
    u32 answer = a.address.v4();  // of a peer: the address itself
    if (request == get_netmask)
        answer = mask_of(a.prefix);
    if (request == get_broadcast)
        answer = a.broadcast.is_v4() ? a.broadcast.v4() : 0;
    r.address = inet_of(answer);
    return ok;
}

result<void> replace_address(interface& i, const abi_ifreq& r, u32 request) noexcept {
    if (r.address.family != af_inet)
        return errc::invalid_argument;
    const u32 given = r.address.value();
    interface_address now;
    const bool had = first_address(i, now);
    if (!had && request != set_address)
        return errc::address_not_available;
    interface_address fresh = now;
    if (request == set_address) {
        fresh = {};
        fresh.address = ip_address::v4(given);
        // Without a netmask yet: that of the address's class (RFC 791).
        fresh.prefix = given >> 31 == 0 ? 8 : given >> 30 == 2 ? 16 : 24;
        fresh.flags = address_permanent;
    } else if (request == set_netmask) {
        const unsigned prefix = prefix_of(given);
        if (prefix > 32)
            return errc::invalid_argument;
        fresh.prefix = static_cast<u8>(prefix);
    } else {
        fresh.broadcast = ip_address::v4(given);
    }
    if (request != set_broadcast && !i.is_loopback() && fresh.prefix < 31)
        fresh.broadcast = ip_address::v4(fresh.address.v4() | ~mask_of(fresh.prefix));
    if (had)
        TRY_VOID(i.remove_address(now.address));
    if (fresh.address.v4() == 0)
        return ok;
    return i.add_address(fresh);
}

result<void> change_interface(u32 request, interface& i, const abi_ifreq& r) noexcept {
    switch (request) {
        case set_flags: {
            const u32 wanted = static_cast<u16>(r.flags);
            constexpr u32 filters = if_promiscuous | if_all_multicast;
            if ((wanted ^ i.flags()) & filters)
                i.set_flags(wanted & filters, ~wanted & filters);
            return (wanted ^ i.flags()) & if_up ? i.set_up(wanted & if_up) : result<void>{ok};
        }
        case set_mtu:
            return r.number < 0 ? result<void>{errc::invalid_argument}
                                : i.set_mtu(static_cast<u32>(r.number));
        case set_hardware_address: {
            mac_address mac;
            std::memcpy(mac.bytes, r.hardware.bytes, sizeof mac.bytes);
            return i.set_mac(mac);
        }
        default:
            return replace_address(i, r, request);
    }
}

/// SIOCADDRT, SIOCDELRT: route(8).
result<u64> change_route(u32 request, u64 argument) noexcept {
    constexpr u16 up = 1, through_gateway = 2, to_host = 4;
    const auto given = TRY(memory::user_ptr<const abi_rtentry>{argument}.load());
    if (given.destination.family != af_inet)
        return errc::address_family_not_supported;
    if (request == add_route_request && !(given.flags & up))
        return errc::invalid_argument;
    const unsigned prefix = given.flags & to_host ? 32 : prefix_of(given.mask.value());
    if (prefix > 32 || (given.destination.value() & ~mask_of(prefix)))
        return errc::invalid_argument;
    route_entry e;
    e.destination = ip_address::v4(given.destination.value());
    e.prefix = static_cast<u8>(prefix);
    e.gateway = given.flags & through_gateway ? ip_address::v4(given.gateway.value())
                                              : ip_address::v4_any();
    e.preferred_source = ip_address::v4_any();
    e.metric = given.metric > 0 ? static_cast<u32>(given.metric - 1) : 0;
    e.origin = origin_boot;
    e.scope = given.flags & through_gateway ? scope_universe : scope_link;
    if (given.device) {
        char name[16];
        (void)TRY(memory::copy_string_from_user(name, given.device));
        e.device = find_interface(std::string_view{name});
        if (!e.device)
            return errc::no_device;
    }
    TRY_VOID(request == add_route_request ? add_route(e) : remove_route(e));
    return u64{0};
}

/// ETHTOOL_GDRVINFO, ETHTOOL_GLINK, ETHTOOL_GSET: what monitoring programs ask for.
result<u64> ask_ethtool(const interface& i, u64 where) noexcept {
    enum command : u32 { get_settings = 1, get_driver = 3, get_link = 0xa };
    const u32 what = TRY(memory::user_ptr<const u32>{where}.load());
    switch (what) {
        case get_link: {
            const u32 answer[2] = {what, i.can_send()};
            TRY_VOID(memory::copy_to_user(where, answer, sizeof answer));
            return u64{0};
        }
        case get_driver: {
            struct {
                u32 command;
                char driver[32], version[32], firmware[32], bus[32], rom[32];
                u8 reserved[12];
                u32 counts[5];
            } answer{};
            static_assert(sizeof answer == 196);
            answer.command = what;
            std::memcpy(answer.driver, i.is_loopback() ? "lo" : "virtio_net",
                        i.is_loopback() ? 2 : 10);
            std::memcpy(answer.version, "1.0.0", 5);
            TRY_VOID(memory::copy_to_user(where, &answer, sizeof answer));
            return u64{0};
        }
        case get_settings: {
            u8 answer[44] = {};  // struct ethtool_cmd
            const u32 speed = i.speed() ? i.speed() : ~u32{0};
            std::memcpy(answer, &what, 4);
            std::memcpy(answer + 12, &speed, 2);                                   // low half
            answer[14] = i.speed() ? 1 : 0xff;                                     // duplex
            std::memcpy(answer + 28, reinterpret_cast<const u8*>(&speed) + 2, 2);  // high half
            TRY_VOID(memory::copy_to_user(where, answer, sizeof answer));
            return u64{0};
        }
        default:
            return errc::not_supported;
    }
}

}  // namespace

result<u64> interface_ioctl(u32 request, u64 argument) noexcept {
    if (request == get_list)
        return list(argument);
    if (request == add_route_request || request == delete_route_request)
        return change_route(request, argument);
    const memory::user_ptr<abi_ifreq> at{argument};
    switch (request) {
        case get_name: {
            abi_ifreq r = TRY(at.load());
            interface* i = find_interface(static_cast<u32>(r.number));
            if (!i)
                return errc::no_device;
            std::memset(r.name, 0, sizeof r.name);
            std::memcpy(r.name, i->name().data(), i->name().size());
            TRY_VOID(at.store(r));
            return u64{0};
        }
        case get_flags:
        case get_address:
        case get_peer_address:
        case get_broadcast:
        case get_netmask:
        case get_metric:
        case get_mtu:
        case get_hardware_address:
        case get_index:
        case get_queue_length:
        case get_map:
        case set_flags:
        case set_address:
        case set_broadcast:
        case set_netmask:
        case set_mtu:
        case set_hardware_address:
        case ethtool:
            break;
        default:
            return errc::not_tty;
    }
    abi_ifreq r = TRY(at.load());
    interface* i = find_interface(name_in(r));
    if (!i)
        return errc::no_device;
    if (request == ethtool)
        return ask_ethtool(*i, r.pointer);
    const bool changes = request == set_flags || request == set_address ||
                         request == set_broadcast || request == set_netmask || request == set_mtu ||
                         request == set_hardware_address;
    if (changes) {
        TRY_VOID(change_interface(request, *i, r));
        return u64{0};
    }
    TRY_VOID(fill(request, *i, r));
    TRY_VOID(at.store(r));
    return u64{0};
}

}  // namespace osprey::net
