// SPDX-License-Identifier: BSD-3-Clause
#include <base/endian.hh>
#include <bit>
#include <cstring>
#include <net/dhcp/message4.hh>

namespace osprey::net {

namespace {

/// RFC 2131 §2, up to the options.
struct wire {
    u8 operation, hardware_type, hardware_bytes, hops;
    be32 transaction;
    be16 seconds, flags;
    be32 client, your, next_server, relay;
    u8 hardware_address[16];
    u8 server_name[64];
    u8 file[128];
    be32 cookie;
};
static_assert(sizeof(wire) == 240);
constexpr u32 cookie = 0x63825363;
constexpr u16 broadcast_flag = 0x8000;

/// The option fields of one message: behind the cookie and, when option 52 says so, in `file` and
/// `server_name`, in this order (RFC 3396 §5).
class option_areas {
public:
    explicit option_areas(std::span<const u8> message) noexcept {
        const auto* w = reinterpret_cast<const wire*>(message.data());
        areas_[count_++] = message.subspan(sizeof(wire));
        u8 overload = 0;
        (void)collect(dhcp4_overload, {&overload, 1});
        if (overload & 1)
            areas_[count_++] = w->file;
        if (overload & 2)
            areas_[count_++] = w->server_name;
    }

    /// Puts all occurrences of an option together (RFC 3396). @return how many bytes there are,
    /// cut to the room; `npos` when it is missing.
    static constexpr usize npos = ~usize{0};
    usize collect(u8 code, std::span<u8> to) const noexcept {
        usize found = npos;
        for (usize i = 0; i < count_; ++i) {
            std::span<const u8> left = areas_[i];
            while (!left.empty() && left[0] != dhcp4_end) {
                if (left[0] == dhcp4_pad) {
                    left = left.subspan(1);
                    continue;
                }
                if (left.size() < 2 || left.size() - 2 < left[1])
                    break;  // malformed: what came before counts
                const usize length = left[1];
                if (left[0] == code) {
                    if (found == npos)
                        found = 0;
                    const usize room = to.size() - found;
                    const usize taken = length < room ? length : room;
                    std::memcpy(to.data() + found, left.data() + 2, taken);
                    found += taken;
                }
                left = left.subspan(2 + length);
            }
        }
        return found;
    }
    [[nodiscard]] u32 number(u8 code) const noexcept {
        u8 bytes[4];
        return collect(code, bytes) == 4 ? load_big<u32>(bytes) : 0;
    }
    template <usize N>
    void addresses(u8 code, short_list<u32, N>& to) const noexcept {
        u8 bytes[4 * N];
        const usize n = collect(code, bytes);
        for (usize i = 0; n != npos && i + 4 <= n; i += 4)
            to.add(load_big<u32>(bytes + i));
    }
    template <usize N>
    void name(u8 code, name_text<N>& to) const noexcept {
        u8 bytes[N + 1];
        usize n = collect(code, bytes);
        if (n == npos)
            return;
        while (n != 0 && bytes[n - 1] == 0)
            --n;  // some servers count a terminating zero (RFC 2132 §2)
        (void)to.assign({reinterpret_cast<const char*>(bytes), n});
    }

private:
    std::span<const u8> areas_[3];
    usize count_ = 0;
};

/// RFC 3442: width, the significant bytes of the destination, router.
/// @return false: malformed, or none.
bool parse_classless_routes(const option_areas& options, dhcp4_reply& to) noexcept {
    u8 bytes[512];
    const usize n = options.collect(dhcp4_classless_routes, bytes);
    if (n == option_areas::npos)
        return false;
    std::span<const u8> left{bytes, n};
    short_list<dhcp4_route, 32> routes;
    while (!left.empty()) {
        const u8 prefix = left[0];
        const usize significant = (prefix + 7u) / 8;
        if (prefix > 32 || left.size() < 1 + significant + 4)
            return false;
        u8 destination[4] = {};
        std::memcpy(destination, left.data() + 1, significant);
        const u32 mask = prefix ? ~u32{0} << (32 - prefix) : 0;
        routes.add(
            {load_big<u32>(destination) & mask, load_big<u32>(&left[1 + significant]), prefix});
        left = left.subspan(1 + significant + 4);
    }
    to.routes = routes;
    return !routes.empty();
}

}  // namespace

bool parse_dhcp4_reply(std::span<const u8> message, u32 transaction, const mac_address& mac,
                       dhcp4_reply& to) noexcept {
    if (message.size() < sizeof(wire))
        return false;
    const auto* w = reinterpret_cast<const wire*>(message.data());
    if (w->operation != 2 || w->transaction != transaction || w->cookie != cookie ||
        std::memcmp(w->hardware_address, mac.bytes, sizeof mac.bytes) != 0)
        return false;
    const option_areas options{message};
    u8 type;
    if (options.collect(dhcp4_message_type, {&type, 1}) != 1)
        return false;
    to = {};
    to.type = static_cast<dhcp4_type>(type);
    to.address = w->your;
    to.server = options.number(dhcp4_server_id);
    to.mask = options.number(dhcp4_subnet_mask);
    if (std::countl_one(to.mask) + std::countr_zero(to.mask) < 32)
        to.mask = 0;  // has holes
    to.broadcast = options.number(dhcp4_broadcast);
    to.lease = options.number(dhcp4_lease_time);
    to.renewal = options.number(dhcp4_renewal_time);
    to.rebinding = options.number(dhcp4_rebinding_time);
    u8 mtu[2];
    if (options.collect(dhcp4_mtu, mtu) == 2 && load_big<u16>(mtu) >= 68)
        to.mtu = load_big<u16>(mtu);
    u8 nothing;
    to.rapid_commit = options.collect(dhcp4_rapid_commit, {&nothing, 1}) != option_areas::npos;
    options.addresses(dhcp4_name_server, to.name_servers);
    options.addresses(dhcp4_time_server, to.time_servers);
    options.name(dhcp4_host_name, to.host_name);
    options.name(dhcp4_domain_name, to.domain);
    if (!parse_classless_routes(options, to)) {
        short_list<u32, 1> router;
        options.addresses(dhcp4_router, router);
        if (!router.empty() && router[0] != 0)
            to.routes.add({0, router[0], 0});
    }
    return true;
}

usize build_dhcp4_request(const dhcp4_request& r, std::span<u8, dhcp4_most_bytes> to) noexcept {
    std::memset(to.data(), 0, to.size());
    auto* w = reinterpret_cast<wire*>(to.data());
    w->operation = 1;
    w->hardware_type = 1;
    w->hardware_bytes = 6;
    w->transaction = r.transaction;
    w->seconds = r.seconds;
    w->flags = r.want_broadcast ? broadcast_flag : u16{0};
    w->client = r.client_address;
    std::memcpy(w->hardware_address, r.mac.bytes, 6);
    w->cookie = cookie;
    u8* at = to.data() + sizeof(wire);
    const auto put = [&](u8 code, const void* data, usize bytes) noexcept {
        *at++ = code;
        *at++ = static_cast<u8>(bytes);
        if (bytes != 0)
            std::memcpy(at, data, bytes);
        at += bytes;
    };
    const auto put_number = [&](u8 code, u32 n) noexcept {
        u8 bytes[4];
        store_big(bytes, n);
        put(code, bytes, 4);
    };
    const u8 type = static_cast<u8>(r.type);
    put(dhcp4_message_type, &type, 1);
    u8 id[7] = {1};  // RFC 2132 §9.14: hardware type and address
    std::memcpy(id + 1, r.mac.bytes, 6);
    put(dhcp4_client_id, id, sizeof id);
    if (r.requested_address)
        put_number(dhcp4_requested_address, r.requested_address);
    if (r.server)
        put_number(dhcp4_server_id, r.server);
    if (r.type == dhcp4_type::discover)
        put(dhcp4_rapid_commit, nullptr, 0);
    if (r.type == dhcp4_type::discover || r.type == dhcp4_type::request) {
        if (!r.host_name.empty())
            put(dhcp4_host_name, r.host_name.data(),
                r.host_name.size() < 63 ? r.host_name.size() : 63);
        // 121 goes before 3 (RFC 3442).
        static constexpr u8 wanted[] = {
            dhcp4_subnet_mask, dhcp4_classless_routes, dhcp4_router,       dhcp4_name_server,
            dhcp4_host_name,   dhcp4_domain_name,      dhcp4_mtu,          dhcp4_broadcast,
            dhcp4_time_server, dhcp4_lease_time,       dhcp4_renewal_time, dhcp4_rebinding_time};
        put(dhcp4_parameter_list, wanted, sizeof wanted);
        u8 largest[2];
        store_big<u16>(largest, 1500);
        put(dhcp4_largest_message, largest, 2);
    }
    *at++ = dhcp4_end;
    const auto bytes = static_cast<usize>(at - to.data());
    return bytes < 300 ? 300 : bytes;
}

}  // namespace osprey::net
