// SPDX-License-Identifier: BSD-3-Clause
#include <base/hash.hh>
#include <net/configuration.hh>

namespace osprey::net {

bool read_network_option(std::string_view name, std::string_view value,
                         network_options& to) noexcept {
    if (name == "ip") {
        // Addresses themselves are given to their interfaces by boot/.
        const bool v6 = value.find(':') != value.npos;
        if (value == "dhcp" || value == "none" || !v6)
            to.dhcp4 = value == "dhcp";
        return true;
    }
    if (name == "ip6") {
        to.ipv6 = value != "none";
        return value == "auto" || value == "none";
    }
    if (name == "nameserver") {
        ip_address a;
        if (!parse_address(value, a))
            return false;
        to.name_servers.add(a);
        return true;
    }
    if (name == "search")
        return to.search.assign(value);
    if (name == "ip6-secret") {
        to.stable_privacy = !value.empty();
        to.secret[0] = siphash({1, 2}, value);
        to.secret[1] = siphash({3, 4}, value);
        return to.stable_privacy;
    }
    return false;
}

}  // namespace osprey::net
