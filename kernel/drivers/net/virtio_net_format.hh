// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/endian.hh>
#include <base/types.hh>

/// What a virtio network card and its driver tell each other (virtio 1.2 §5.1).
namespace osprey::drivers::virtio {

enum net_feature : u8 {
    net_checksum = 0,
    net_guest_checksum = 1,
    net_mtu = 3,
    net_mac = 5,
    net_guest_tso4 = 7,
    net_guest_tso6 = 8,
    net_guest_ecn = 9,
    net_host_tso4 = 11,
    net_host_tso6 = 12,
    net_host_ecn = 13,
    net_mergeable = 15,
    net_status = 16,
    net_control = 17,
    net_control_receive = 18,
    net_guest_announce = 21,
    net_multiqueue = 22,
    net_control_mac = 23,
    any_layout = 27,  // legacy: the header may lie with the data
    net_host_uso = 56,
    net_rss = 60,
    net_speed = 63,
};

/// §5.1.4; offsets into the configuration space.
enum net_config : u32 {
    config_mac = 0,
    config_status = 6,
    config_most_pairs = 8,
    config_mtu = 10,
    config_speed = 12,
    config_rss_key_bytes = 17,
    config_rss_table_entries = 18,
    config_hash_types = 20,
};
inline constexpr u16 status_link_up = 1, status_announce = 2;

/// Before each packet (§5.1.6). `buffers` is missing with legacy devices that do not merge.
struct net_header {
    u8 flags = 0;
    u8 gso = 0;
    le16 header_bytes;
    le16 gso_bytes;
    le16 checksum_start;
    le16 checksum_offset;
    le16 buffers;
};
static_assert(sizeof(net_header) == 12);
inline constexpr u32 short_net_header = 10;
inline constexpr u8 needs_checksum = 1, data_valid = 2;
inline constexpr u8 gso_tcp4 = 1, gso_tcp6 = 4, gso_udp = 5, gso_ecn = 0x80;

/// Commands of the control queue (§5.1.6.5): class and number.
enum net_command : u16 {
    set_promiscuous = 0x0000,
    set_all_multicast = 0x0001,
    set_mac_table = 0x0100,
    set_mac_address = 0x0101,
    acknowledge_announce = 0x0300,
    set_queue_pairs = 0x0400,
    configure_rss = 0x0401,
};

/// Hash types of receive-side scaling (§5.1.6.4.3): IPv4 and IPv6, alone and with TCP and UDP.
inline constexpr u32 wanted_hash_types = 0x3f;
inline constexpr u8 rss_key_bytes = 40;

}  // namespace osprey::drivers::virtio
