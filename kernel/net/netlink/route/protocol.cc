// SPDX-License-Identifier: BSD-3-Clause
//
// NETLINK_ROUTE: who treats which message, and the news for multicast groups.
#include <base/log.hh>
#include <net/netlink/route/route_messages.hh>

namespace osprey::net {
namespace {

/// RTNLGRP_*
enum route_group : u32 {
    group_link = 1,
    group_neighbour = 3,
    group_address_v4 = 5,
    group_route_v4 = 7,
    group_address_v6 = 9,
    group_route_v6 = 11,
    last_group = 36,
};

constinit std::atomic<u64> reported[2]{};

/// One line in the log for each kind of message that is missing.
errc missing(u16 type) noexcept {
    const u64 bit = u64{1} << type % 64;
    if (!(reported[type / 64 % 2].fetch_or(bit, std::memory_order_relaxed) & bit))
        log::warning("netlink: route message {} is not supported", type);
    return errc::not_supported;
}

result<void> handle(const netlink_request_view& r, netlink_answer& answer) noexcept {
    if (r.header.type > last_route_message)
        return errc::not_supported;
    if (r.payload.empty())  // not even a family
        return ok;
    switch (r.header.type) {
        case new_link:
        case delete_link:
        case get_link:
            return handle_link(r, answer);
        case new_address:
        case delete_address:
        case get_address:
            return handle_address(r, answer);
        case new_route:
        case delete_route:
        case get_route:
            return handle_route(r, answer);
        case new_neighbour:
        case delete_neighbour:
        case get_neighbour:
            return handle_neighbour(r, answer);
        case get_rule:
            return handle_rule(r, answer);
        default:
            return missing(r.header.type);
    }
}

class notifier final : public change_observer {
public:
    constexpr notifier() noexcept = default;
    void changed(const change& c) noexcept override {
        using kind = change::kind;
        switch (c.what) {
            case kind::link:
                tell(group_link, new_link, [&](auto& out) { write_link(out, *c.device); });
                break;
            case kind::address_added:
            case kind::address_removed:
                tell(c.address->address.is_v4() ? group_address_v4 : group_address_v6,
                     c.what == kind::address_added ? new_address : delete_address,
                     [&](auto& out) { write_address(out, *c.device, *c.address); });
                break;
            case kind::route_added:
            case kind::route_removed:
                tell(c.route->destination.is_v4() ? group_route_v4 : group_route_v6,
                     c.what == kind::route_added ? new_route : delete_route,
                     [&](auto& out) { write_route(out, *c.route); });
                break;
            case kind::neighbour_changed:
            case kind::neighbour_removed:
                tell(group_neighbour,
                     c.what == kind::neighbour_changed ? new_neighbour : delete_neighbour,
                     [&](auto& out) { write_neighbour(out, *c.neighbour); });
                break;
        }
    }

private:
    template <typename F>
    static void tell(u32 group, u16 type, F&& write) noexcept {
        if (!netlink_has_members(netlink_route, group))
            return;
        netlink_writer out;
        out.begin(type, 0, 0, 0);
        write(out);
        out.end();
        netlink_multicast(netlink_route, group, out);
    }
};
constinit notifier news;

}  // namespace

constinit const netlink_protocol route_protocol{netlink_route, last_group, handle};

void start_route_notifications() noexcept {
    observe_changes(news);
}

}  // namespace osprey::net
