// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/net/virtio_net_queues.hh>
#include <drivers/virtio/request_queue.hh>
#include <net/aggregator.hh>

namespace osprey::drivers::virtio {

/// A virtio network card (virtio 1.2 §5.1). A pair of queues for each CPU as far as the card has
/// them; each pair has a thread on its CPU, which takes frames in as long as there are any and
/// sleeps with interrupts on when there are none. Lives for ever.
class virtio_net final : public net::interface {
public:
    /// Takes over a device; see `attach_network`.
    static result<void> attach(transport& device) noexcept;

    void transmit(net::packet_ptr p) noexcept override;
    result<void> set_mtu(u32 bytes) noexcept override;
    result<void> set_mac(net::mac_address a) noexcept override;
    void receive_filter_changed() noexcept override;
    u32 speed() const noexcept override { return speed_; }

private:
    static constexpr u16 most_pairs = 64;
    struct queue_pair {
        virtio_net* card = nullptr;
        sync::event something;
        net_receive_queue receive;
        net_transmit_queue transmit;
        net::aggregator joined;  // for cards that do not join segments
    };

    virtio_net(transport& device, net::mac_address mac, u32 mtu) noexcept;
    result<void> open() noexcept;
    result<void> open_pairs() noexcept;
    result<void> start() noexcept;
    void choose_queues() noexcept;
    void configuration_changed() noexcept;
    [[noreturn]] void run(queue_pair& pair) noexcept;
    void transmit_one(net::packet_ptr p) noexcept;
    bool receive_some(queue_pair& pair) noexcept;

    /// Has the device carry out a command; `data` at most a page. Context: threads, may sleep.
    /// @return `errc::not_supported`: there is no control queue; `errc::io_error`: it refused.
    result<void> command(net_command what, const void* data, usize bytes) noexcept;
    result<void> command_rss() noexcept;
    void set_multicast_filter() noexcept;

    transport& device_;
    bool joins_;  // the card hands over large segments
    u16 pair_count_ = 1;
    u16 device_pairs_ = 1;
    u32 most_mtu_ = 65535;
    std::atomic<u32> speed_{0};
    std::atomic<bool> config_changed_{false};
    queue_pair* pairs_ = nullptr;
    request_queue control_;
    physical_address control_page_{};
    sync::mutex commanding_;  // guards the page
    bool started_ = false;
};

}  // namespace osprey::drivers::virtio
