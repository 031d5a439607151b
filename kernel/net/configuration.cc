// SPDX-License-Identifier: BSD-3-Clause
#include <base/bitmap.hh>
#include <base/log.hh>
#include <base/mpsc_queue.hh>
#include <net/change.hh>
#include <net/configured_interface.hh>
#include <net/configured_report.hh>
#include <net/ipv6/ipv6.hh>
#include <sched/clock.hh>
#include <sched/thread.hh>
#include <sync/event.hh>
#include <sync/wait_queue.hh>

namespace osprey::net {
namespace {

struct notice {
    configuration_news what;
    interface* device;
    ip_address address;
    packet_ptr p;
    std::atomic<notice*> next{nullptr};
};

constexpr u32 most_notices = 512;  // a flood of advertisements is not worth more memory
constinit mpsc_queue<notice, &notice::next> mailbox;
constinit std::atomic<u32> notices{0};
constinit sync::event wake_up;

constinit std::atomic<void (*)(const configured_address&) noexcept> observer{nullptr};
constinit sync::wait_queue somebody_waits;
constinit std::atomic<bool> configured{false};
constinit std::atomic<network_options*> new_options{nullptr};
constinit sync::wait_queue release_waits;
constinit std::atomic<bool> released{false};

void post(configuration_news what, interface* device, const ip_address& a, packet_ptr p) noexcept {
    if (notices.load(std::memory_order_relaxed) >= most_notices)
        return;
    auto* n = new (std::nothrow) notice{what, device, a, std::move(p)};
    if (!n)
        return;
    notices.fetch_add(1, std::memory_order_relaxed);
    if (mailbox.push(*n))
        wake_up.signal();
}

class change_watch final : public change_observer {
public:
    constexpr change_watch() noexcept = default;
    void changed(const change& c) noexcept override {
        switch (c.what) {
            case change::kind::link:
                post(configuration_news::link, c.device, {}, nullptr);
                break;
            case change::kind::address_removed:
                post(configuration_news::address_removed, c.device, c.address->address, nullptr);
                break;
            case change::kind::address_added:
                // Also told when flags change: what is known is looked up again.
                if (c.address->address.is_v4())
                    post(configuration_news::address_added, c.device, c.address->address, nullptr);
                break;
            default:
                break;
        }
    }
};

/// The thread and what it owns.
class configuration {
public:
    explicit configuration(const network_options& o) noexcept : options_{o} { tell_names(); }

    [[noreturn]] void run() noexcept {
        for (interface* i = first_interface(); i; i = next_interface(*i))
            link_changed(*i);
        for (;;) {
            look_for_addresses();  // also those that were given by hand before
            instant first = instant::never();
            for (auto& c : interfaces_)
                if (const instant d = c->deadline(); d < first)
                    first = d;
            (void)wake_up.wait(sched::wait_mode::uninterruptible, first);
            while (notice* n = mailbox.pop()) {
                notices.fetch_sub(1, std::memory_order_relaxed);
                unique_ptr<notice> owned{n};
                take(*n);
            }
            const instant now = sched::monotonic_now();
            for (auto& c : interfaces_)
                if (c->deadline() <= now)
                    c->tick(now);
        }
    }

private:
    void tell_names() noexcept {
        names_.set(name_origin::command_line, 0, options_.name_servers.all(),
                   {&options_.search, options_.search.empty() ? 0u : 1u});
    }
    void take_options(instant now) noexcept {
        const unique_ptr<network_options> fresh{new_options.exchange(nullptr)};
        if (!fresh)
            return;
        options_ = *fresh;
        tell_names();
        for (auto& c : interfaces_)
            c->options_changed(now);
    }
    void release() noexcept {
        for (auto& c : interfaces_)
            c->release();
        released.store(true, std::memory_order_release);
        release_waits.wake_all();
    }
    configured_interface* find(interface& i) noexcept {
        if (i.is_loopback())
            return nullptr;
        for (auto& c : interfaces_)
            if (&c->device() == &i)
                return c.get();
        auto fresh = make_unique<configured_interface>(i, options_, names_);
        if (!fresh || !interfaces_.push_back(std::move(*fresh))) {
            log::error("{}: no memory to configure it", i.name());
            return nullptr;
        }
        return interfaces_.back().get();
    }
    void link_changed(interface& i) noexcept {
        configured_interface* c = find(i);
        if (!c)
            return;
        if (!raised_.test(i.index() % 64)) {
            // Once: who takes it down later wants it down.
            raised_.set(i.index() % 64);
            (void)i.set_up(true);
        }
        c->link_changed(sched::monotonic_now());
    }
    void take(notice& n) noexcept {
        const instant now = sched::monotonic_now();
        if (n.what == configuration_news::root_mounted)
            return names_.root_mounted();
        if (n.what == configuration_news::options)
            return take_options(now);
        if (n.what == configuration_news::release)
            return release();
        if (n.what == configuration_news::link)
            return link_changed(*n.device);
        configured_interface* c = find(*n.device);
        if (!c)
            return;
        switch (n.what) {
            case configuration_news::address_added:
                return c->address_added(n.address, now);
            case configuration_news::address_removed:
                return c->address_removed(n.address);
            case configuration_news::duplicate:
                return c->duplicate(n.address, now);
            case configuration_news::conflict4:
                return c->conflict(n.address, now);
            case configuration_news::router_message:
                return c->router_message(*n.p, now);
            case configuration_news::dhcp4_message:
                return c->dhcp4_message(*n.p, now);
            case configuration_news::dhcp6_message:
                return c->dhcp6_message(*n.p, now);
            default:
                return;
        }
    }
    void look_for_addresses() noexcept {
        for (auto& c : interfaces_)
            if (c->is_configured()) {
                configured.store(true, std::memory_order_release);
                somebody_waits.wake_all();
                return;
            }
    }

    network_options options_;
    resolver names_;
    vector<unique_ptr<configured_interface>> interfaces_;
    bitmap<64> raised_;
};

}  // namespace

constinit std::atomic<u8> default_hop_limit6{64};

void tell_configuration(configuration_news what, packet_ptr p) noexcept {
    interface* device = p->device;
    post(what, device, {}, std::move(p));
}

void tell_configuration(configuration_news what, interface& i, const ip_address& a) noexcept {
    post(what, &i, a, nullptr);
}

void on_configured(void (*told)(const configured_address&) noexcept) noexcept {
    observer.store(told);
}

void report_configured(const configured_address& a) noexcept {
    fixed_text<320> text;
    format_to(text, "{}: {}/{} by {}", a.interface, to_text(a.address).view(), a.prefix, a.how);
    if (!a.gateway.is_any())
        format_to(text, ", gateway {}", to_text(a.gateway).view());
    for (usize i = 0; i < a.name_servers.size(); ++i)
        format_to(text, "{}{}", i == 0 ? ", name servers " : " ",
                  to_text(a.name_servers[i]).view());
    log::notice("{}", text.view());
    if (auto told = observer.load())
        told(a);
}

result<void> start_configuration(const network_options& options) noexcept {
    static constinit change_watch watch;
    auto c = TRY(make_unique<configuration>(options));
    auto thread = TRY(sched::thread::create(
        "network", [](void* p) { static_cast<configuration*>(p)->run(); }, c.get()));
    (void)c.release();
    observe_changes(watch);
    thread->start();
    return ok;
}

bool has_devices() noexcept {
    for (interface* i = first_interface(); i; i = next_interface(*i))
        if (!i->is_loopback())
            return true;
    return false;
}

bool await_configuration(duration limit) noexcept {
    if (!has_devices())
        return false;
    (void)somebody_waits.wait([] { return configured.load(std::memory_order_acquire); },
                              sched::wait_mode::uninterruptible, sched::monotonic_now() + limit);
    return configured.load(std::memory_order_acquire);
}

result<void> change_configuration(const network_options& options) noexcept {
    auto fresh = TRY(make_unique<network_options>(options));
    delete new_options.exchange(fresh.release());
    post(configuration_news::options, nullptr, {}, nullptr);
    return ok;
}

void give_back_leases(duration limit) noexcept {
    post(configuration_news::release, nullptr, {}, nullptr);
    (void)release_waits.wait([] { return released.load(std::memory_order_acquire); },
                             sched::wait_mode::uninterruptible, sched::monotonic_now() + limit);
}

void resolver_file_can_be_written() noexcept {
    post(configuration_news::root_mounted, nullptr, {}, nullptr);
}

// What link changes and added addresses tell comes by `change_watch` as well.
void start_ipv6(interface& i) noexcept {
    post(configuration_news::link, &i, {}, nullptr);
}
void stop_ipv6(interface& i) noexcept {
    post(configuration_news::link, &i, {}, nullptr);
}
void address_added_ipv6(interface& i, const ip_address& a) noexcept {
    post(configuration_news::address_added, &i, a, nullptr);
}

}  // namespace osprey::net
