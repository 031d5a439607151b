// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <net/ipv6/ndp_message.hh>

namespace osprey::net {

/// What stateless configuration needs of the world. All calls come from `autoconfiguration`'s own
/// functions, so from the thread that called those.
class autoconfiguration_host {
public:
    virtual void send_router_solicitation() noexcept = 0;
    /// A neighbour solicitation from `::` for duplicate address detection.
    virtual void send_dad_probe(const ip_address& target) noexcept = 0;
    /// A new address, tentative until `address_usable`.
    virtual void add_address(const ip_address& a, u8 bits, instant preferred,
                             instant valid) noexcept = 0;
    virtual void address_usable(const ip_address& a, instant preferred, instant valid) noexcept = 0;
    virtual void change_lifetimes(const ip_address& a, instant preferred,
                                  instant valid) noexcept = 0;
    virtual void remove_address(const ip_address& a, std::string_view why) noexcept = 0;
    /// A router, or one that is none any more (`expires` in the past).
    virtual void change_router(const ip_address& router, i8 preference,
                               instant expires) noexcept = 0;
    virtual void change_route(const ip_address& prefix, u8 bits, const ip_address& gateway,
                              instant expires) noexcept = 0;
    virtual void set_link_mtu(u32 mtu) noexcept = 0;
    virtual void set_hop_limit(u8 hops) noexcept = 0;
    /// Name servers or search domains changed.
    virtual void names_changed() noexcept = 0;
    /// Flags M and O of an advertisement.
    virtual void dhcp6_wanted(bool addresses, bool other) noexcept = 0;
    virtual u32 random() noexcept = 0;

protected:
    ~autoconfiguration_host() = default;
};

/// How interface identifiers are made.
struct identifier_policy {
    /// RFC 7217 when there is a secret; else EUI-64 (RFC 4291 app. A): a machine that keeps nothing
    /// over a boot shall have the same address after it.
    bool stable_privacy = false;
    u64 secret[2] = {};
};
/// The lower 64 bits of an address. `collisions` counts duplicates found before.
u64 interface_identifier(const identifier_policy& policy, const mac_address& mac,
                         const ip_address& prefix, u32 collisions) noexcept;

/// Stateless address configuration of one interface (RFC 4862), routers and prefixes (RFC 4861
/// §6.3), name servers (RFC 8106), as a state machine without clock and threads. Not thread safe.
class autoconfiguration {
public:
    autoconfiguration(autoconfiguration_host& host, const mac_address& mac) noexcept
        : host_{host}, mac_{mac} {}

    identifier_policy policy;

    /// The link is up: makes the link-local address, then asks for routers.
    void start(instant now) noexcept;
    /// The link is down: forgets everything but addresses given by hand.
    void stop() noexcept;
    /// An address given by hand or DHCP goes through DAD, too.
    void watch(const ip_address& a, u8 bits, instant preferred, instant valid,
               instant now) noexcept;
    void forget(const ip_address& a) noexcept;

    void received(const router_advertisement& ra, const ip_address& router, instant now) noexcept;
    /// Somebody else uses, or is about to use, an address that is tentative here.
    void duplicate(const ip_address& a, instant now) noexcept;
    [[nodiscard]] bool is_tentative(const ip_address& a) const noexcept;
    void tick(instant now) noexcept;
    [[nodiscard]] instant deadline() const noexcept;

    [[nodiscard]] bool has_global_address() const noexcept;
    [[nodiscard]] bool has_router() const noexcept { return router_count_ != 0; }
    struct name_servers {
        short_list<ip_address, 8> addresses;
        short_list<name_text<253>, 6> search;
    };
    [[nodiscard]] name_servers names() const noexcept;

private:
    enum class origin : u8 { link_local, prefix, other };
    struct own_address {
        ip_address address;
        u8 bits = 64;
        origin from{};
        u8 collisions = 0;
        bool tentative = true;
        bool deprecated = false;
        instant dad_ends, preferred, valid;
    };
    struct router {
        ip_address address;
        instant expires;
    };
    struct known_prefix {
        ip_address prefix, gateway;
        u8 bits;
        instant expires;
    };
    template <typename T>
    struct timed {
        T value;
        instant expires;
    };
    void add_own(const own_address& a, instant now) noexcept;
    void begin_dad(own_address& a, instant now) noexcept;
    void take_prefix(const prefix_information& p, instant now) noexcept;
    void take_lifetimes(own_address& a, const prefix_information& p, instant now) noexcept;
    void take_router(const router_advertisement& ra, const ip_address& from, instant now) noexcept;
    void take_route(const ip_address& prefix, u8 bits, const ip_address& gateway, u32 lifetime,
                    instant now) noexcept;
    void take_names(const router_advertisement& ra, instant now) noexcept;
    void solicit(instant now) noexcept;
    void tick_addresses(instant now) noexcept;
    own_address* find(const ip_address& a) noexcept;

    static constexpr usize most_addresses = 16, most_routers = 8, most_prefixes = 16,
                           most_servers = 8, most_domains = 6;
    autoconfiguration_host& host_;
    const mac_address mac_;
    bool running_ = false;
    own_address addresses_[most_addresses];
    usize address_count_ = 0;
    router routers_[most_routers];
    usize router_count_ = 0;
    known_prefix prefixes_[most_prefixes];
    usize prefix_count_ = 0;
    timed<ip_address> servers_[most_servers];
    usize server_count_ = 0;
    timed<name_text<253>> domains_[most_domains];
    usize domain_count_ = 0;
    u8 solicitations_ = 0;
    duration solicit_interval_{};
    instant solicit_at_ = instant::never();
};

}  // namespace osprey::net
