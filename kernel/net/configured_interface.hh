// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/configuration.hh>
#include <net/dhcp/client4.hh>
#include <net/dhcp/client6.hh>
#include <net/dhcp/tap4.hh>
#include <net/ipv6/autoconfiguration.hh>
#include <net/resolver.hh>
#include <net/route.hh>

namespace osprey::net {

/// One interface that the configuration thread looks after. Everything here runs in that thread.
class configured_interface final : dhcp4_host, dhcp6_host, autoconfiguration_host {
public:
    configured_interface(interface& i, const network_options& o, resolver& names) noexcept;

    [[nodiscard]] interface& device() noexcept { return device_; }
    /// Flags changed: begins or ends everything.
    void link_changed(instant now) noexcept;
    void address_added(const ip_address& a, instant now) noexcept;
    void address_removed(const ip_address& a) noexcept;
    void duplicate(const ip_address& a, instant now) noexcept;
    void conflict(const ip_address& a, instant now) noexcept;
    void router_message(packet& p, instant now) noexcept;
    void dhcp4_message(packet& p, instant now) noexcept;
    void dhcp6_message(packet& p, instant now) noexcept;
    void tick(instant now) noexcept;
    /// The command line says something else now: begins or ends what it names.
    void options_changed(instant now) noexcept;
    /// The machine goes down: the lease goes back, and has left when this returns.
    void release() noexcept;
    [[nodiscard]] instant deadline() const noexcept;
    /// Is an address of this interface of any use beyond the link?
    [[nodiscard]] bool is_configured() const noexcept;

private:
    // dhcp4_host
    void send(std::span<const u8> message, u32 source, u32 destination) noexcept override;
    void configure(const dhcp4_lease& lease, bool is_new) noexcept override;
    void withdraw(const dhcp4_lease& lease, std::string_view why) noexcept override;
    std::string_view host_name() noexcept override;
    u32 random() noexcept override;
    // dhcp6_host
    void send(std::span<const u8> message) noexcept override;
    void add_address(const dhcp6_address& a, instant preferred, instant valid) noexcept override;
    void names_changed(const dhcp6_reply& r) noexcept override;
    // autoconfiguration_host
    void send_router_solicitation() noexcept override;
    void send_dad_probe(const ip_address& target) noexcept override;
    void add_address(const ip_address& a, u8 bits, instant preferred,
                     instant valid) noexcept override;
    void address_usable(const ip_address& a, instant preferred, instant valid) noexcept override;
    void change_lifetimes(const ip_address& a, instant preferred, instant valid) noexcept override;
    void remove_address(const ip_address& a, std::string_view why) noexcept override;
    void change_router(const ip_address& router, i8 preference, instant expires) noexcept override;
    void change_route(const ip_address& prefix, u8 bits, const ip_address& gateway,
                      instant expires) noexcept override;
    void set_link_mtu(u32 mtu) noexcept override;
    void set_hop_limit(u8 hops) noexcept override;
    void names_changed() noexcept override;
    void dhcp6_wanted(bool addresses, bool other) noexcept override;

    void report_static_addresses() noexcept;
    void apply_privacy() noexcept;
    void await_link_address(const ip_address& a) noexcept;
    void add_routes(const dhcp4_lease& lease) noexcept;
    void remove_routes() noexcept;
    void redirect(const packet& p, std::span<const u8> message) noexcept;
    void report(const ip_address& address, u8 prefix, std::string_view how) noexcept;
    void update_tap(instant now) noexcept;
    interface_address known(const ip_address& a) noexcept;

    interface& device_;
    const network_options& options_;
    resolver& names_;
    bool running_ = false, releasing_ = false;
    dhcp4_client dhcp4_;
    dhcp6_client dhcp6_;
    autoconfiguration autoconfiguration_;
    dhcp4_tap tap_;
    instant watch_until_{};  // for machines that have our address (RFC 5227)
    dhcp4_reply applied_;    // of the lease whose routes are in the table
    bool has_routes_ = false;
    char host_name_[65] = {};
};

}  // namespace osprey::net
