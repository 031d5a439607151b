// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/endian.hh>
#include <net/address.hh>
#include <net/short_list.hh>

namespace osprey::net {

/// Kinds of DHCPv6 messages (RFC 8415 §7.3).
enum class dhcp6_type : u8 {
    none = 0,
    solicit = 1,
    advertise = 2,
    request = 3,
    renew = 5,
    rebind = 6,
    reply = 7,
    release = 8,
    decline = 9,
    information_request = 11,
};

/// A DHCP unique identifier, as opaque bytes (§11): at most 128 and the type.
class dhcp6_identifier {
public:
    bool assign(std::span<const u8> bytes) noexcept {
        if (bytes.empty() || bytes.size() > sizeof bytes_)
            return false;
        std::memcpy(bytes_, bytes.data(), bytes.size());
        length_ = static_cast<u8>(bytes.size());
        return true;
    }
    [[nodiscard]] std::span<const u8> bytes() const noexcept { return {bytes_, length_}; }
    [[nodiscard]] bool empty() const noexcept { return length_ == 0; }
    bool operator==(const dhcp6_identifier& o) const noexcept {
        return length_ == o.length_ && std::memcmp(bytes_, o.bytes_, length_) == 0;
    }

private:
    u8 bytes_[130] = {};
    u8 length_ = 0;
};
/// DUID-LL (§11.4): the link address of a machine that keeps nothing over a boot.
dhcp6_identifier dhcp6_identifier_of(const mac_address& mac) noexcept;

struct dhcp6_address {
    ip_address address;
    u32 preferred, valid;  // seconds; ~0: for ever
};

/// What a server's message says.
struct dhcp6_reply {
    dhcp6_type type = dhcp6_type::none;
    dhcp6_identifier server;
    u16 status = 0;     // of the message (§21.13)
    u16 ia_status = 0;  // of our association
    bool has_ia = false;
    bool rapid_commit = false;
    u8 preference = 0;
    u32 t1 = 0, t2 = 0;
    u32 refresh = 0;  // of stateless information; 0: not told
    u32 most_solicit_time = 0;
    short_list<dhcp6_address, 4> addresses;
    short_list<ip_address, 8> name_servers;
    short_list<name_text<253>, 6> search;
};
inline constexpr u16 dhcp6_no_addresses = 2, dhcp6_no_binding = 3, dhcp6_use_multicast = 5;

/// Reads the answer to `transaction` (24 bits) of `client`, about its association `association`.
/// @return false: not one, or malformed.
bool parse_dhcp6_reply(std::span<const u8> message, u32 transaction, const dhcp6_identifier& client,
                       u32 association, dhcp6_reply& to) noexcept;

struct dhcp6_request {
    dhcp6_type type;
    u32 transaction;
    u16 elapsed;  // hundredths of a second
    const dhcp6_identifier* client;
    const dhcp6_identifier* server;  // null: to all
    bool with_association;
    u32 association;
    std::span<const dhcp6_address> addresses;
};
inline constexpr usize dhcp6_most_bytes = 576;
/// @return bytes of `to` used.
usize build_dhcp6_request(const dhcp6_request& r, std::span<u8, dhcp6_most_bytes> to) noexcept;

inline constexpr u16 dhcp6_client_port = 546, dhcp6_server_port = 547;
/// All_DHCP_Relay_Agents_and_Servers (§7.1)
inline constexpr ip_address dhcp6_servers = ip_address::v6(0xff02ull << 48, 0x1'0002);

}  // namespace osprey::net
