// SPDX-License-Identifier: BSD-3-Clause
// What a virtio network card is told by its control queue (virtio 1.2 §5.1.6.5).
#include <arch/paging.hh>
#include <base/log.hh>
#include <cstring>
#include <drivers/net/virtio_net.hh>
#include <net/multicast.hh>
#include <sync/random_pool.hh>
#include <trace/tracepoint.hh>

namespace osprey::drivers::virtio {

TRACEPOINT(virtio, virtio_net_command, u64 bytes);
result<void> virtio_net::command(net_command what, const void* data, usize bytes) noexcept {
    TRACE(virtio_net_command, bytes);
    if (!device_.has(net_control))
        return errc::not_supported;
    constexpr u32 header = 2, answer_at = 2;
    sync::lock_guard guard{commanding_};
    request_queue::ticket ticket{control_};
    ticket.scratch()[0] = static_cast<u8>(what >> 8);
    ticket.scratch()[1] = static_cast<u8>(what);
    ticket.scratch()[answer_at] = 0xff;
    if (bytes)
        std::memcpy(arch::direct(control_page_), data, bytes);
    const segment reads[] = {{ticket.scratch_address(), header},
                             {raw(control_page_), static_cast<u32>(bytes)}};
    const segment answer{ticket.scratch_address() + answer_at, 1};
    control_.perform(ticket, {reads, bytes ? 2u : 1u}, {&answer, 1});
    const u8 answered = std::atomic_ref{ticket.scratch()[answer_at]}.load();
    return answered == 0 ? result<void>{} : errc::io_error;
}

/// §5.1.6.5.6: a Toeplitz hash over addresses and ports, a table from its low bits to queues.
result<void> virtio_net::command_rss() noexcept {
    constexpr u16 most_entries = 128;
    u8 data[8 + 2 * most_entries + 3 + rss_key_bytes];
    u16 table = device_.config<u16>(config_rss_table_entries);
    table = table < most_entries ? table : most_entries;
    if (table == 0 || (table & (table - 1)) != 0 ||
        device_.config<u8>(config_rss_key_bytes) < rss_key_bytes)
        return errc::not_supported;
    u8* at = data;
    const auto put = [&at](auto value) noexcept {
        store_little(at, value);
        at += sizeof value;
    };
    put(device_.config<u32>(config_hash_types) & wanted_hash_types);
    put(static_cast<u16>(table - 1));
    put(u16{0});  // what has no hash
    for (u16 i = 0; i < table; ++i)
        put(static_cast<u16>(i % pair_count_));
    put(pair_count_);
    put(rss_key_bytes);
    random_bytes(at, rss_key_bytes);
    return command(configure_rss, data, static_cast<usize>(at + rss_key_bytes - data));
}

/// Makes the device use all pairs that were opened.
void virtio_net::choose_queues() noexcept {
    if (pair_count_ == 1)
        return;
    if (device_.has(net_rss) && command_rss())
        return;
    u8 data[2];
    store_little(data, pair_count_);
    if (command(set_queue_pairs, data, sizeof data))
        return;
    log::warning("virtio-net: the device refuses {} pairs of queues, one is used", pair_count_);
    pair_count_ = 1;
}

result<void> virtio_net::set_mtu(u32 bytes) noexcept {
    if (bytes > most_mtu_)
        return errc::invalid_argument;
    return interface::set_mtu(bytes);
}

result<void> virtio_net::set_mac(net::mac_address a) noexcept {
    if (a.is_multicast() || a.is_zero())
        return errc::invalid_argument;
    if (!device_.has(net_control_mac))
        return errc::not_supported;
    TRY_VOID(command(set_mac_address, a.bytes, sizeof a.bytes));
    return interface::set_mac(a);
}

/// §5.1.6.5.2: no further unicast addresses, and the groups that somebody has joined.
void virtio_net::set_multicast_filter() noexcept {
    constexpr u32 most = 64;
    struct table {
        u8 data[8 + 6 * most];
        u32 count = 0;
        bool full = false;
    } groups;
    net::for_each_group(
        *this,
        [](void* to, const net::ip_address& group, u32) noexcept {
            auto& t = *static_cast<table*>(to);
            t.full |= t.count == most;
            if (t.full)
                return;
            const net::mac_address m = net::group_mac(group);
            std::memcpy(t.data + 8 + 6 * t.count++, m.bytes, sizeof m.bytes);
        },
        &groups);
    store_little(groups.data, u32{0});
    store_little(groups.data + 4, groups.count);
    const u8 all = (flags() & net::if_all_multicast) || groups.full;
    if (!command(set_mac_table, groups.data, 8 + 6 * usize{groups.count}))
        log::warning("{}: the device does not take a filter of {} groups", name(), groups.count);
    (void)command(set_all_multicast, &all, 1);
}

void virtio_net::receive_filter_changed() noexcept {
    if (!started_ || !device_.has(net_control) || !device_.has(net_control_receive))
        return;  // such a device gives us everything
    const u8 promiscuous = (flags() & net::if_promiscuous) != 0;
    (void)command(set_promiscuous, &promiscuous, 1);
    set_multicast_filter();
}

}  // namespace osprey::drivers::virtio
