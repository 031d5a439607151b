// SPDX-License-Identifier: BSD-3-Clause
// Static configuration of the network: --net, --ip, --defaultgw, --mtu.
#include <base/log.hh>
#include <boot/network.hh>
#include <net/interface.hh>
#include <net/route.hh>

namespace osprey::boot {
namespace {

/// Text before the first `separator`; `text` becomes what is behind it.
std::string_view cut(std::string_view& text, char separator) noexcept {
    const usize at = text.find(separator);
    const std::string_view head = text.substr(0, at);
    text = at == text.npos ? std::string_view{} : text.substr(at + 1);
    return head;
}

bool read_number(std::string_view text, u32 most, u32& to) noexcept {
    u32 value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || value > most)
            return false;
        value = value * 10 + static_cast<u32>(c - '0');
    }
    to = value;
    return !text.empty() && value <= most;
}

net::interface* first_card() noexcept {
    for (net::interface* i = net::first_interface(); i; i = net::next_interface(*i))
        if (!i->is_loopback())
            return i;
    return nullptr;
}

/// ADDRESS/PREFIX[,DEVICE]
bool add_address(std::string_view value) noexcept {
    if (value == "dhcp" || value == "none")
        return true;  // for net/configuration
    const std::string_view address = cut(value, ',');
    net::interface* device = value.empty() ? first_card() : net::find_interface(value);
    std::string_view prefix = address;
    net::interface_address a;
    u32 bits;
    if (!device || !net::parse_address(cut(prefix, '/'), a.address) ||
        !read_number(prefix, a.address.width(), bits))
        return false;
    a.prefix = static_cast<u8>(bits);
    a.flags = net::address_permanent;
    return device->add_address(a).has_value();
}

bool add_gateway(std::string_view value) noexcept {
    net::route_entry r;
    if (!net::parse_address(value, r.gateway))
        return false;
    r.destination = r.gateway.is_v4() ? net::ip_address::v4_any() : net::ip_address{};
    r.origin = net::origin_boot;
    r.device = r.gateway.is_link_local() ? first_card() : nullptr;
    return net::add_route(r).has_value();
}

bool set_mtu(std::string_view value) noexcept {
    u32 bytes;
    if (!read_number(value, 65535, bytes))
        return false;
    bool all = true;
    for (net::interface* i = net::first_interface(); i; i = net::next_interface(*i))
        if (!i->is_loopback())
            all &= i->set_mtu(bytes).has_value();
    return all;
}

void apply_each(const command_line& line, std::string_view name,
                bool (*apply)(std::string_view) noexcept) noexcept {
    for (const auto& o : line.options)
        if (o.name == name && !apply(o.value.view()))
            log::error("--{}={}: not possible here", name, o.value.view());
}

}  // namespace

void take_network_down() noexcept {
    for (net::interface* i = net::first_interface(); i; i = net::next_interface(*i))
        if (!i->is_loopback())
            (void)i->set_up(false);
}

void configure_network(const command_line& line) noexcept {
    if (line.value("net") == "none")
        return;
    apply_each(line, "mtu", set_mtu);
    for (net::interface* i = net::first_interface(); i; i = net::next_interface(*i))
        if (!i->set_up(true))
            log::error("{}: cannot be brought up", i->name());
    apply_each(line, "ip", add_address);
    apply_each(line, "defaultgw", add_gateway);
}

}  // namespace osprey::boot
