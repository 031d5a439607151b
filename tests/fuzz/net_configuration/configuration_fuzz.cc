// SPDX-License-Identifier: BSD-3-Clause
// What strangers on the link may send to a machine that has no address yet: answers of DHCP
// servers, messages of routers and neighbours, chains of extension headers. The first byte chooses
// the parser; the engines behind the parsers are driven, too.
#include <cstdlib>
#include <cstring>
#include <net/dhcp/client4.hh>
#include <net/dhcp/client6.hh>
#include <net/ipv6/autoconfiguration.hh>
#include <net/ipv6/extension.hh>
#include <vector>

using namespace osprey;
using namespace osprey::net;

namespace {

constexpr mac_address mac{{0x52, 0x54, 0, 0x12, 0x34, 0x56}};
constexpr instant start{1'000'000'000};
constexpr ip_address router = ip_address::v6(0xfe80ull << 48, 2);

void require(bool holds) {
    if (!holds)
        std::abort();
}

/// Does what an engine wants done, which is nothing, and knows the last message that it sent.
class world final : public dhcp4_host, public dhcp6_host, public autoconfiguration_host {
public:
    void send(std::span<const u8> m, u32, u32) noexcept override {
        last.assign(m.begin(), m.end());
    }
    void configure(const dhcp4_lease& l, bool) noexcept override {
        require(l.offer.address != 0 && l.prefix() <= 32);
        for (const dhcp4_route& r : l.offer.routes.all())
            require(r.prefix <= 32);
    }
    void withdraw(const dhcp4_lease&, std::string_view) noexcept override {}
    std::string_view host_name() noexcept override { return "fuzz"; }
    u32 random() noexcept override { return 0x123456; }
    void send(std::span<const u8> m) noexcept override { last.assign(m.begin(), m.end()); }
    void add_address(const dhcp6_address& a, instant p, instant v) noexcept override {
        require(!a.address.is_multicast() && p <= v);
    }
    void remove_address(const ip_address&, std::string_view) noexcept override {}
    void names_changed(const dhcp6_reply&) noexcept override {}
    void send_router_solicitation() noexcept override {}
    void send_dad_probe(const ip_address&) noexcept override {}
    void add_address(const ip_address& a, u8 bits, instant, instant) noexcept override {
        require(bits <= 128 && !a.is_multicast());
    }
    void address_usable(const ip_address&, instant, instant) noexcept override {}
    void change_lifetimes(const ip_address&, instant, instant) noexcept override {}
    void change_router(const ip_address&, i8, instant) noexcept override {}
    void change_route(const ip_address&, u8 bits, const ip_address&, instant) noexcept override {
        require(bits <= 128);
    }
    void set_link_mtu(u32 mtu) noexcept override { require(mtu >= 1280); }
    void set_hop_limit(u8) noexcept override {}
    void names_changed() noexcept override {}
    void dhcp6_wanted(bool, bool) noexcept override {}

    std::vector<u8> last;
};

template <typename Client>
void run_down(Client& c, instant now) {
    for (int i = 0; i < 40 && c.deadline() != instant::never(); ++i) {
        now = c.deadline() > now ? c.deadline() : now;
        c.tick(now);
    }
}

void fuzz_dhcp4(std::vector<u8> m) {
    world w;
    dhcp4_client c{w, mac};
    c.start(start);
    if (m.size() >= 240) {  // a transaction that fits, or nothing is looked at
        m[0] = 2;
        std::memcpy(&m[4], &w.last[4], 4);
        std::memcpy(&m[28], mac.bytes, 6);
        std::memcpy(&m[236], "\x63\x82\x53\x63", 4);
    }
    c.received(m, start);
    c.received(m, start);
    run_down(c, start);
}

void fuzz_dhcp6(std::vector<u8> m, bool addresses) {
    world w;
    dhcp6_client c{w, mac};
    c.want(addresses, true, start);
    if (m.size() >= 4)
        std::memcpy(&m[1], &w.last[1], 3);
    c.received(m, start);
    if (m.size() >= 4)
        std::memcpy(&m[1], &w.last[1], 3);
    c.received(m, start);
    run_down(c, start);
}

void fuzz_router(std::span<const u8> m) {
    world w;
    autoconfiguration c{w, mac};
    c.start(start);
    router_advertisement ra;
    for (u32 i = 0; i < 2; ++i)
        if (parse_router_advertisement(m, router, 255, ra))
            c.received(ra, router, start + duration::seconds(i));
    run_down(c, start);
    c.stop();
}

void fuzz_neighbours(std::span<const u8> m) {
    neighbour_solicitation s;
    neighbour_advertisement a;
    redirect_message r;
    if (parse_solicitation(m, router, all_nodes, 255, s))
        require(!s.target.is_multicast());
    if (parse_advertisement(m, router, 255, a))
        require(!a.target.is_multicast());
    if (parse_redirect(m, router, 255, r))
        require(!r.destination.is_multicast());
}

void fuzz_extensions(std::span<const u8> m) {
    if (m.empty())
        return;
    for (const bool past : {false, true}) {
        const auto w = walk_extensions(m.subspan(1), {m[0], 0, 6, true, past}, past);
        if (w.at == extension_walk::end::upper)
            require(w.offset <= m.size() - 1);
        if (w.at == extension_walk::end::fragment)
            require(w.offset + 8 <= m.size() - 1);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, size_t size) {
    if (size == 0)
        return 0;
    const std::vector<u8> m{data + 1, data + size};
    switch (data[0] % 6) {
        case 0:
            fuzz_dhcp4(m);
            break;
        case 1:
        case 2:
            fuzz_dhcp6(m, data[0] % 6 == 1);
            break;
        case 3:
            fuzz_router(m);
            break;
        case 4:
            fuzz_neighbours(m);
            break;
        default:
            fuzz_extensions(m);
            break;
    }
    return 0;
}
