// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <base/log.hh>
#include <drivers/net/virtio_net.hh>
#include <drivers/virtio/devices.hh>
#include <memory/frame.hh>
#include <memory>
#include <net/arp/arp.hh>
#include <net/output.hh>
#include <sched/thread.hh>
#include <sync/random_pool.hh>

namespace osprey::drivers::virtio {
namespace {

constexpr u32 usual_mtu = 1500, link_header = 14;

u64 bits(std::initializer_list<net_feature> features) noexcept {
    u64 mask = 0;
    for (const net_feature f : features)
        mask |= u64{1} << f;
    return mask;
}

net::mac_address mac_of(transport& device) noexcept {
    if (device.has(net_mac))
        return device.config<net::mac_address>(config_mac);
    net::mac_address m;
    random_bytes(m.bytes, sizeof m.bytes);
    m.bytes[0] = static_cast<u8>((m.bytes[0] & ~1) | 2);  // one of its own making, not a group
    return m;
}

}  // namespace

result<void> attach_network(transport& device) noexcept {
    return virtio_net::attach(device);
}

result<void> virtio_net::attach(transport& device) noexcept {
    const u64 always = bits({net_checksum, net_guest_checksum, net_mtu, net_mac, net_host_tso4,
                             net_host_tso6, net_host_ecn, net_host_uso, net_mergeable, net_status,
                             net_control, net_control_receive, net_guest_announce, net_multiqueue,
                             net_control_mac, any_layout, net_rss, net_speed});
    const u64 large = bits({net_guest_tso4, net_guest_tso6, net_guest_ecn});
    TRY_VOID(device.begin(always | large));
    // Large frames come in several buffers; without merging they would have to be one each.
    if (!device.has(net_mergeable) && device.features() & large)
        TRY_VOID(device.begin(always));
    u32 mtu = device.has(net_mtu) ? device.config<u16>(config_mtu) : usual_mtu;
    if (mtu < 68)
        mtu = usual_mtu;
    auto* card = new (std::nothrow) virtio_net{device, mac_of(device), mtu};
    if (!card)
        return errc::out_of_memory;
    TRY_VOID(card->open());
    return card->start();
}

virtio_net::virtio_net(transport& device, net::mac_address mac, u32 mtu) noexcept : interface {
    mac, mtu, net::if_broadcast | net::if_multicast, net::offloads {
        .checksum = device.has(net_checksum), .tso4 = device.has(net_host_tso4),
        .tso6 = device.has(net_host_tso6), .udp_gso = device.has(net_host_uso), .scatter = true
    }
}, device_{device} {
    if (device.has(net_mtu))
        most_mtu_ = mtu;
    if (!device.has(net_mergeable))
        most_mtu_ = page_size - sizeof(net_header) - link_header;
}

result<void> virtio_net::open() noexcept {
    const bool several =
        device_.has(net_control) && (device_.has(net_multiqueue) || device_.has(net_rss));
    if (several) {
        device_pairs_ = device_.config<u16>(config_most_pairs);
        const u32 cpus = arch::cpu_count();
        pair_count_ = device_pairs_ < most_pairs ? device_pairs_ : most_pairs;
        pair_count_ = pair_count_ < cpus ? pair_count_ : static_cast<u16>(cpus);
        pair_count_ = pair_count_ == 0 ? u16{1} : pair_count_;
    }
    TRY_VOID(open_pairs());
    if (device_.has(net_control)) {
        control_page_ = TRY(memory::allocate_contiguous(page_size));
        TRY_VOID(control_.open(device_, static_cast<u16>(several ? 2 * device_pairs_ : 2)));
    }
    if (device_.has(net_status))
        TRY_VOID(device_.bind_config(
            [](void* context) noexcept {
                auto& self = *static_cast<virtio_net*>(context);
                self.config_changed_.store(true, std::memory_order_release);
                self.pairs_[0].something.signal();
            },
            this));
    return ok;
}

result<void> virtio_net::open_pairs() noexcept {
    pairs_ = static_cast<queue_pair*>(allocate(pair_count_ * sizeof(queue_pair)));
    if (!pairs_)
        return errc::out_of_memory;
    std::uninitialized_default_construct_n(pairs_, pair_count_);
    for (u16 i = 0; i < pair_count_; ++i) {
        queue_pair& pair = pairs_[i];
        pair.card = this;
        const auto signal = [](void* event) noexcept {
            static_cast<sync::event*>(event)->signal();
        };
        const u16 first = static_cast<u16>(2 * i);
        TRY_VOID(pair.receive.open(device_, first, signal, &pair.something, i));
        TRY_VOID(
            pair.transmit.open(device_, static_cast<u16>(first + 1), signal, &pair.something, i));
    }
    return ok;
}

result<void> virtio_net::start() noexcept {
    device_.finish();
    for (u16 i = 0; i < pair_count_; ++i)
        if (!pairs_[i].receive.fill())
            return errc::out_of_memory;
    choose_queues();
    TRY_VOID(net::register_interface(*this, "eth{}"));
    started_ = true;
    for (u16 i = 0; i < pair_count_; ++i) {
        auto t = TRY(sched::thread::create(
            "virtio-net",
            [](void* pair) {
                auto& p = *static_cast<queue_pair*>(pair);
                p.card->run(p);
            },
            &pairs_[i]));
        if (pair_count_ > 1)
            TRY_VOID(t->set_affinity(cpu_mask::only(i)));
        t->start();
    }
    configuration_changed();
    log::info("{}: virtio-net {}, {} queue pairs, features {:#x}", name(),
              net::to_text(mac()).view(), pair_count_, device_.features());
    return ok;
}

/// Link, speed, and whether the host wants the neighbourhood to know us again after a move.
void virtio_net::configuration_changed() noexcept {
    const u16 status =
        device_.has(net_status) ? device_.config<u16>(config_status) : status_link_up;
    if (device_.has(net_speed)) {
        const u32 mbit = device_.config<u32>(config_speed);
        speed_.store(mbit == ~u32{0} ? 0 : mbit, std::memory_order_relaxed);
    }
    set_link(status & status_link_up);
    if (status & status_announce && device_.has(net_guest_announce)) {
        net::announce_addresses(*this);
        (void)command(acknowledge_announce, nullptr, 0);
    }
}

void virtio_net::transmit(net::packet_ptr p) noexcept {
    if (p->gso != net::gso_kind::none && marks_congestion(*p) && !device_.has(net_host_ecn))
        [[unlikely]] {
        net::packet_list pieces = net::segment_frame(*p);
        while (net::packet_ptr piece = pieces.pop_front())
            transmit_one(std::move(piece));
        return;
    }
    transmit_one(std::move(p));
}

void virtio_net::transmit_one(net::packet_ptr p) noexcept {
    queue_pair& pair = pairs_[pair_count_ == 1 ? 0 : arch::cpu_id() % pair_count_];
    net::interface_counters& c = counters();
    const u32 bytes = p->bytes();
    if (pair.transmit.send(std::move(p))) [[likely]] {
        ++c.sent_packets;
        c.sent_bytes += bytes;
    } else {
        ++c.sent_dropped;
    }
}

/// Takes in what is there, a batch at most. @return whether that was all.
bool virtio_net::receive_some(queue_pair& pair) noexcept {
    constexpr u32 batch = 64;
    for (u32 n = 0; n < batch; ++n) {
        net::packet_ptr p = pair.receive.take();
        if (!p) {
            if (pair.receive.has_more())
                continue;
            pair.joined.flush(*this);
            pair.receive.fill();
            return true;
        }
        if (joins_)
            receive(std::move(p));
        else
            pair.joined.receive(*this, std::move(p));
    }
    pair.joined.flush(*this);
    pair.receive.fill();
    return false;
}

void virtio_net::run(queue_pair& pair) noexcept {
    for (;;) {
        pair.receive.disable_interrupt();
        while (!receive_some(pair)) {
        }
        if (const u32 dropped = pair.receive.take_dropped())
            counters().received_dropped += dropped;
        if (pair.transmit.needs_service())
            pair.transmit.service();
        if (&pair == pairs_ && config_changed_.exchange(false, std::memory_order_acq_rel))
            configuration_changed();
        if (pair.receive.enable_interrupt())
            (void)pair.something.wait();
    }
}

}  // namespace osprey::drivers::virtio
