// SPDX-License-Identifier: BSD-3-Clause
#include <base/hash.hh>
#include <net/configuration.hh>

namespace osprey::net {

namespace {
/// "10.0.0.2/24"; without a slash the whole address.
bool read_prefixed(std::string_view text, bool v4, interface_address& to) noexcept {
    const usize slash = text.find('/');
    if (!parse_address(text.substr(0, slash), to.address) || to.address.is_v4() != v4 ||
        to.address.is_any() || to.address.is_multicast())
        return false;
    to.prefix = v4 ? 32 : 128;
    if (slash == text.npos)
        return true;
    u32 bits = 0;
    const std::string_view digits = text.substr(slash + 1);
    if (digits.empty() || digits.size() > 3)
        return false;
    for (const char c : digits) {
        if (c < '0' || c > '9')
            return false;
        bits = bits * 10 + static_cast<u32>(c - '0');
    }
    const u32 most = to.prefix;
    to.prefix = static_cast<u8>(bits);
    return bits <= most;
}
}  // namespace

bool read_network_option(std::string_view name, std::string_view value,
                         network_options& to) noexcept {
    if (name == "ip") {
        to.dhcp4 = value == "dhcp";
        to.static4 = {};
        return to.dhcp4 || value == "none" || read_prefixed(value, true, to.static4);
    }
    if (name == "ip6") {
        to.ipv6 = value != "none";
        to.static6 = {};
        return value == "auto" || value == "none" || read_prefixed(value, false, to.static6);
    }
    if (name == "gateway") {
        ip_address a;
        if (!parse_address(value, a) || a.is_any() || a.is_multicast())
            return false;
        (a.is_v4() ? to.gateway4 : to.gateway6) = a;
        return true;
    }
    if (name == "dns") {
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
