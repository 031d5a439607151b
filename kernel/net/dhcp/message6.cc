// SPDX-License-Identifier: BSD-3-Clause
#include <net/dhcp/message6.hh>
#include <net/domain_list.hh>

namespace osprey::net {

namespace {

enum : u16 {
    option_client = 1,
    option_server = 2,
    option_ia_na = 3,
    option_ia_address = 5,
    option_request = 6,
    option_preference = 7,
    option_elapsed = 8,
    option_status = 13,
    option_rapid_commit = 14,
    option_name_servers = 23,
    option_search = 24,
    option_refresh = 32,
    option_most_solicit_time = 82,
    option_most_information_time = 83,
};

/// @return false: an option is longer than what is left.
template <typename F>
bool for_each_option(std::span<const u8> options, F&& visit) noexcept {
    while (!options.empty()) {
        if (options.size() < 4)
            return false;
        const u16 kind = load_big<u16>(options.data());
        const usize bytes = load_big<u16>(options.data() + 2);
        if (options.size() - 4 < bytes)
            return false;
        visit(kind, options.subspan(4, bytes));
        options = options.subspan(4 + bytes);
    }
    return true;
}

bool parse_association(std::span<const u8> o, u32 association, dhcp6_reply& to) noexcept {
    if (o.size() < 12 || load_big<u32>(o.data()) != association)
        return true;  // another one's
    to.has_ia = true;
    to.t1 = load_big<u32>(o.data() + 4);
    to.t2 = load_big<u32>(o.data() + 8);
    if (to.t1 > to.t2 && to.t2 != 0)
        return false;  // §21.4: discard
    return for_each_option(o.subspan(12), [&](u16 kind, std::span<const u8> v) noexcept {
        if (kind == option_status && v.size() >= 2) {
            to.ia_status = load_big<u16>(v.data());
        } else if (kind == option_ia_address && v.size() >= 24) {
            const dhcp6_address a{ip_address::from_v6(v.data()), load_big<u32>(v.data() + 16),
                                  load_big<u32>(v.data() + 20)};
            if (a.preferred <= a.valid && !a.address.is_v4() && !a.address.is_multicast())
                to.addresses.add(a);
        }
    });
}

class writer {
public:
    explicit writer(std::span<u8> to) noexcept : to_{to} {}
    void put(const void* from, usize bytes) noexcept {
        if (bytes != 0)
            std::memcpy(to_.data() + used_, from, bytes);
        used_ += bytes;
    }
    template <typename T>
    void number(T n) noexcept {
        store_big(to_.data() + used_, n);
        used_ += sizeof n;
    }
    void option(u16 kind, const void* from, usize bytes) noexcept {
        number(kind);
        number(static_cast<u16>(bytes));
        put(from, bytes);
    }
    [[nodiscard]] usize used() const noexcept { return used_; }

private:
    std::span<u8> to_;
    usize used_ = 0;
};

}  // namespace

dhcp6_identifier dhcp6_identifier_of(const mac_address& mac) noexcept {
    u8 bytes[10] = {0, 3, 0, 1};
    std::memcpy(bytes + 4, mac.bytes, 6);
    dhcp6_identifier id;
    (void)id.assign(bytes);
    return id;
}

bool parse_dhcp6_reply(std::span<const u8> message, u32 transaction, const dhcp6_identifier& client,
                       u32 association, dhcp6_reply& to) noexcept {
    to = {};
    if (message.size() < 4 || (load_big<u32>(message.data()) & 0xffffff) != transaction)
        return false;
    to.type = static_cast<dhcp6_type>(message[0]);
    if (to.type != dhcp6_type::advertise && to.type != dhcp6_type::reply)
        return false;
    bool fine = true, for_us = false;
    fine &= for_each_option(message.subspan(4), [&](u16 kind, std::span<const u8> v) noexcept {
        switch (kind) {
            case option_client: {
                dhcp6_identifier id;
                for_us = id.assign(v) && id == client;
                break;
            }
            case option_server:
                fine &= to.server.assign(v);
                break;
            case option_ia_na:
                fine &= parse_association(v, association, to);
                break;
            case option_status:
                if (v.size() >= 2)
                    to.status = load_big<u16>(v.data());
                break;
            case option_preference:
                if (v.size() == 1)
                    to.preference = v[0];
                break;
            case option_rapid_commit:
                to.rapid_commit = true;
                break;
            case option_name_servers:
                for (usize at = 0; at + 16 <= v.size(); at += 16)
                    to.name_servers.add(ip_address::from_v6(v.data() + at));
                break;
            case option_search:
                parse_domain_list(v, to.search);
                break;
            case option_refresh:
                if (v.size() == 4)
                    to.refresh = load_big<u32>(v.data());
                break;
            case option_most_solicit_time:
                if (v.size() == 4)
                    to.most_solicit_time = load_big<u32>(v.data());
                break;
            default:
                break;
        }
    });
    return fine && for_us && !to.server.empty();  // §16.3, §16.10
}

usize build_dhcp6_request(const dhcp6_request& r, std::span<u8, dhcp6_most_bytes> to) noexcept {
    writer w{to};
    w.number(static_cast<u32>(r.type) << 24 | (r.transaction & 0xffffff));
    w.option(option_client, r.client->bytes().data(), r.client->bytes().size());
    if (r.server)
        w.option(option_server, r.server->bytes().data(), r.server->bytes().size());
    u8 elapsed[2];
    store_big(elapsed, r.elapsed);
    w.option(option_elapsed, elapsed, sizeof elapsed);
    if (r.type == dhcp6_type::solicit)
        w.option(option_rapid_commit, nullptr, 0);
    if (r.type != dhcp6_type::release && r.type != dhcp6_type::decline) {
        w.number(u16{option_request});
        const u16 wanted[] = {option_name_servers, option_search, option_most_solicit_time,
                              option_most_information_time, option_refresh};
        // The refresh time belongs to stateless configuration only (§21.23).
        const usize n = r.type == dhcp6_type::information_request ? 5 : 4;
        w.number(static_cast<u16>(2 * n));
        for (usize i = 0; i < n; ++i)
            w.number(wanted[i]);
    }
    if (r.with_association) {
        w.number(u16{option_ia_na});
        w.number(static_cast<u16>(12 + r.addresses.size() * 28));
        w.number(r.association);
        w.number(u32{0});  // T1 and T2 are the server's choice
        w.number(u32{0});
        for (const dhcp6_address& a : r.addresses) {
            u8 value[24] = {};
            a.address.store_v6(value);
            w.option(option_ia_address, value, sizeof value);
        }
    }
    return w.used();
}

}  // namespace osprey::net
