// SPDX-License-Identifier: BSD-3-Clause
#include <net/if.h>
#include <net/if_arp.h>
#include <base/error.hh>
#include <base/interfaces.hh>
#include <http/routes.hh>
#include <http/settings.hh>

#include <array>
#include <cstdio>
#include <ctime>

namespace osprey::rest {

namespace {

/// "10103<UP,BROADCAST>": octal digits and names, as the reference writes them.
std::string flags_text(unsigned flags) {
    struct name {
        unsigned bit;
        const char* text;
    };
    static constexpr name names[] = {
        {IFF_UP, "UP"},
        {IFF_BROADCAST, "BROADCAST"},
        {IFF_DEBUG, "DEBUG"},
        {IFF_LOOPBACK, "LOOPBACK"},
        {IFF_POINTOPOINT, "POINTOPOINT"},
        {IFF_RUNNING, "RUNNING"},
        {IFF_NOARP, "NOARP"},
        {IFF_PROMISC, "PROMISC"},
        {IFF_ALLMULTI, "ALLMULTI"},
        {IFF_MULTICAST, "MULTICAST"},
    };
    std::array<char, 24> digits;
    std::snprintf(digits.data(), digits.size(), "%o", flags);
    std::string list;
    for (const auto& [bit, text] : names) {
        if ((flags & bit) != 0) {
            list += (list.empty() ? "" : ",") + std::string{text};
        }
    }
    return digits.data() + ("<" + list + ">");
}

json wakeups() {
    json counts;
    for (const char* size : {"8", "16", "32", "64", "128", "256"}) {
        counts[std::string{"packets_"} + size] = 0;
    }
    return counts;
}

/// The reference's `if_data`. What Linux's interfaces do not count is 0.
json data_of(const interface_facts& one) {
    // The numbers that the reference's clients know: IFT_ETHER and IFT_LOOP of the BSDs.
    const int type = one.arp_type == ARPHRD_ETHER ? 6 : one.arp_type == ARPHRD_LOOPBACK ? 24 : 1;
    constexpr int link_down = 1, link_up = 2;
    return {{"ifi_type", type},
            {"ifi_physical", 0},
            {"ifi_addrlen", type == 24 ? 0 : one.address_bytes},
            {"ifi_hdrlen", type == 6 ? 14 : 0},
            {"ifi_link_state", one.has_carrier ? link_up : link_down},
            {"ifi_spare_char1", 0},
            {"ifi_spare_char2", 0},
            {"ifi_datalen", 0},
            {"ifi_mtu", one.mtu},
            {"ifi_metric", 0},
            {"ifi_baudrate", one.megabits * 1'000'000},
            {"ifi_ipackets", one.rx_packets},
            {"ifi_ierrors", one.rx_errors},
            {"ifi_opackets", one.tx_packets},
            {"ifi_oerrors", one.tx_errors},
            {"ifi_collisions", one.collisions},
            {"ifi_ibytes", one.rx_bytes},
            {"ifi_obytes", one.tx_bytes},
            {"ifi_imcasts", one.multicast},
            {"ifi_omcasts", 0},
            {"ifi_iqdrops", one.rx_dropped},
            {"ifi_noproto", 0},
            {"ifi_hwassist", 0},
            {"ifi_epoch", 0},
            {"ifi_ibh_wakeups", 0},
            {"ifi_oworker_kicks", 0},
            {"ifi_oworker_wakeups", 0},
            {"ifi_oworker_packets", 0},
            {"ifi_okicks", 0},
            {"ifi_oqueue_is_full", one.tx_dropped},
            {"ifi_iwakeup_stats", wakeups()},
            {"ifi_owakeup_stats", wakeups()}};
}

int64_t microseconds_since_boot() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

/// The reference calls the loopback interface lo0.
std::string name_of(const interface_facts& one, const settings& site) {
    return site.compatible && one.name == "lo" ? "lo0" : one.name;
}

json describe(const interface_facts& one, const settings& site) {
    return {{"config",
             {{"name", name_of(one, site)},
              {"addr", one.address},
              {"mask", one.mask},
              {"broadcast", one.broadcast},
              {"flags", flags_text(one.flags)},
              {"mtu", std::to_string(one.mtu)},
              {"phys_addr", one.link_address}}},
            {"data", data_of(one)},
            {"time", microseconds_since_boot()}};
}

reply list_interfaces(call& c) {
    json list = json::array();
    for (const interface_facts& one : read_interfaces()) {
        list.push_back(describe(one, c.site));
    }
    return list;
}

reply get_interface(call& c) {
    const std::string name = c.text("intf");
    for (const interface_facts& one : read_interfaces()) {
        if (one.name == name || (one.name == "lo" && name == "lo0")) {
            return describe(one, c.site);
        }
    }
    throw api_error{404, "Interface " + name + " not found"};
}

reply list_routes(call& c) {
    json list = json::array();
    for (route_facts one : read_routes()) {
        one.flags.resize(std::max<size_t>(one.flags.size(), 6), ' ');
        list.push_back(
            {{"destination", one.destination},
             {"gateway", one.gateway},
             {"flags", one.flags},
             {"netif", c.site.compatible && one.interface == "lo" ? "lo0" : one.interface},
             {"ipv6", one.is_ipv6}});
    }
    return list;
}

std::vector<member> data_members() {
    const json data = data_of({});
    std::vector<member> members;
    for (const auto& [name, value] : data.items()) {
        members.push_back({name, value.is_object() ? "InterfaceWakeups" : "integer", ""});
    }
    return members;
}

std::vector<member> wakeup_members() {
    const json counts = wakeups();
    std::vector<member> members;
    for (const auto& [name, value] : counts.items()) {
        members.push_back({name, "integer", ""});
    }
    return members;
}

}  // namespace

api network_api() {
    return {
        "network",
        "Network API",
        {
            {"GET", "/network/ifconfig", "listIfconfig", "All network interfaces", "[Interface]",
             list_interfaces},
            {"GET",
             "/network/ifconfig/{intf}",
             "getIfconfig",
             "One network interface",
             "Interface",
             get_interface,
             {{"intf", "Its name", true, "string", parameter::kind::path}}},
            {"GET", "/network/route", "getRoute", "All routes", "[Route]", list_routes},
        },
        {{"InterfaceConfig",
          {{"name", "string", "Name"},
           {"addr", "string", "IPv4 address"},
           {"mask", "string", "Network mask"},
           {"broadcast", "string", "Broadcast address"},
           {"flags", "string", "Flags in octal and by name"},
           {"mtu", "string", "Largest packet in bytes"},
           {"phys_addr", "string", "Link address"}}},
         {"InterfaceWakeups", wakeup_members()},
         {"InterfaceData", data_members()},
         {"Interface",
          {{"config", "InterfaceConfig", "Configuration"},
           {"data", "InterfaceData", "Counters"},
           {"time", "integer", "Microseconds since boot"}}},
         {"Route",
          {{"destination", "string", "Network, host or default"},
           {"gateway", "string", "Where to"},
           {"flags", "string", "U up, G gateway, H host, S static; six characters"},
           {"netif", "string", "Interface"},
           {"ipv6", "boolean", "Whether it is of IPv6"}}}},
    };
}

}  // namespace osprey::rest
