// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>
#include <net/short_list.hh>

namespace osprey::net {

/// How interfaces come to their addresses. One kernel thread owns everything about it (the DHCP
/// clients, IPv6 autoconfiguration, resolv.conf), so none of that needs locks; whoever has news
/// puts it into the thread's mailbox.

/// What the command line says; see docs/network.md.
struct network_options {
    bool dhcp4 = true;  // not beside an address given by hand
    bool ipv6 = true;   // routers, and DHCPv6 when they say so
    short_list<ip_address, 8> name_servers;
    name_text<253> search;
    bool host_name_given = false;
    bool stable_privacy = false;
    u64 secret[2] = {};
};
/// Reads one option ("ip", "ip6", "dns", "search", "ip6-secret"). @return false: its
/// value makes no sense.
bool read_network_option(std::string_view name, std::string_view value,
                         network_options& to) noexcept;

/// Starts the thread. Context: threads, once, at boot.
result<void> start_configuration(const network_options& options) noexcept;

/// Other options than at the start: what the image's command line says is known when the root is
/// mounted. Context: threads. @return `errc::out_of_memory`.
result<void> change_configuration(const network_options& options) noexcept;
/// The machine goes down: gives its leases back (RFC 2131 §4.4.6) and waits until that has left, at
/// most `limit`. Context: threads, once.
void give_back_leases(duration limit) noexcept;

/// An address that programs can use, as the log and the host tool show it.
struct configured_address {
    std::string_view interface;
    ip_address address;
    u8 prefix;
    ip_address gateway;  // any: none
    std::span<const ip_address> name_servers;
    std::string_view how;  // "DHCP", "router advertisement", "command line"
};
/// Told of each; the process layer tells the host tool. Before `start_configuration`.
void on_configured(void (*told)(const configured_address& a) noexcept) noexcept;

/// Waits until some interface besides the loopback has an address that is not link-local, or until
/// it is clear that none will come, at most `limit`. @return whether there is one.
bool await_configuration(duration limit) noexcept;
/// Is there any interface but the loopback?
bool has_devices() noexcept;
/// The root filesystem is there: /etc/resolv.conf can be written, from now on whenever it changes.
void resolver_file_can_be_written() noexcept;

// For the receive path: what it hands over. Never waits; drops when far too much is waiting.

enum class configuration_news : u8 {
    link,           // interface: flags changed
    address_added,  // by somebody, to an interface
    address_removed,
    duplicate,       // of a tentative IPv6 address
    conflict4,       // somebody else has our IPv4 address
    router_message,  // packet at its ICMPv6 header
    dhcp4_message,   // packet at the DHCP message
    dhcp6_message,
    root_mounted,
    options,  // the command line's changed
    release,  // of all leases: the machine goes down
};
/// `p->device` tells the interface.
void tell_configuration(configuration_news what, packet_ptr p) noexcept;
void tell_configuration(configuration_news what, interface& i, const ip_address& a) noexcept;
inline void tell_configuration_duplicate(interface& i, const ip_address& a) noexcept {
    tell_configuration(configuration_news::duplicate, i, a);
}

}  // namespace osprey::net
