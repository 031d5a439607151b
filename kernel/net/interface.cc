// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <cstring>
#include <net/interface.hh>
#include <net/ipv6/ipv6.hh>
#include <net/neighbour.hh>
#include <net/route.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

constexpr usize most_interfaces = 64;
constinit std::atomic<interface*> interfaces[most_interfaces]{};
constinit std::atomic<u32> interface_count{0};
constinit sync::mutex registering{sync::lock_rank::network_configuration};

/// "eth{}" with the lowest number that is free, or the name as it is.
void make_name(std::string_view pattern, fixed_text<15>& to) noexcept {
    const usize place = pattern.find("{}");
    for (u32 n = 0;; ++n) {
        to.clear();
        to.append(pattern.substr(0, place));
        if (place == pattern.npos)
            return;
        format_to(to, "{}", n);
        if (!find_interface(to.view()))
            return;
    }
}

}  // namespace

result<void> register_interface(interface& i, std::string_view name_pattern) noexcept {
    void* memory = allocate(arch::cpu_count() * sizeof(interface_counters), 64);
    if (!memory)
        return errc::out_of_memory;
    std::memset(memory, 0, arch::cpu_count() * sizeof(interface_counters));
    {
        sync::lock_guard guard{registering};
        const u32 slot = interface_count.load(std::memory_order_relaxed);
        if (slot == most_interfaces) {
            deallocate(memory, arch::cpu_count() * sizeof(interface_counters));
            return errc::no_buffers;
        }
        i.counters_ = static_cast<interface_counters*>(memory);
        fixed_text<15> name;
        make_name(name_pattern, name);
        std::memcpy(i.name_storage_, name.view().data(), name.view().size());
        i.name_ = {i.name_storage_, name.view().size()};
        i.index_ = slot + 1;
        interfaces[slot].store(&i, std::memory_order_release);
        interface_count.store(slot + 1, std::memory_order_release);
    }
    announce({change::kind::link, &i});
    return ok;
}

interface* find_interface(u32 index) noexcept {
    if (index == 0 || index > interface_count.load(std::memory_order_acquire))
        return nullptr;
    return interfaces[index - 1].load(std::memory_order_relaxed);
}

interface* find_interface(std::string_view name) noexcept {
    for (interface* i = first_interface(); i; i = next_interface(*i))
        if (i->name() == name)
            return i;
    return nullptr;
}

interface* first_interface() noexcept {
    return find_interface(1);
}

interface* next_interface(const interface& i) noexcept {
    return find_interface(i.index() + 1);
}

interface_counters& interface::counters() noexcept {
    return counters_[arch::cpu_id()];
}

interface_counters interface::totals() const noexcept {
    interface_counters sum{};
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        const interface_counters& c = counters_[cpu];
        sum.received_packets += c.received_packets;
        sum.received_bytes += c.received_bytes;
        sum.received_errors += c.received_errors;
        sum.received_dropped += c.received_dropped;
        sum.received_multicast += c.received_multicast;
        sum.sent_packets += c.sent_packets;
        sum.sent_bytes += c.sent_bytes;
        sum.sent_errors += c.sent_errors;
        sum.sent_dropped += c.sent_dropped;
    }
    return sum;
}

result<void> interface::set_mtu(u32 bytes) noexcept {
    constexpr u32 least = 68;  // RFC 791
    if (bytes < least || bytes > 65536)
        return errc::invalid_argument;
    mtu_.store(bytes, std::memory_order_relaxed);
    forget_routes();
    announce({change::kind::link, this});
    return ok;
}

result<void> interface::set_mac(mac_address a) noexcept {
    if (a.is_multicast() || a.is_zero())
        return errc::invalid_argument;
    mac_ = a;
    announce({change::kind::link, this});
    return ok;
}

void interface::set_flags(u32 set, u32 clear) noexcept {
    const u32 before = flags_.fetch_or(set);
    const u32 after = flags_.fetch_and(~clear) & ~clear;
    if (before == after)
        return;
    receive_filter_changed();
    announce({change::kind::link, this});
}

TRACEPOINT(net, interface_up, u32 interface, bool up);
result<void> interface::set_up(bool up) noexcept {
    TRACE(interface_up, index(), up);
    const u32 before = up ? flags_.fetch_or(if_up) : flags_.fetch_and(~u32{if_up});
    if (static_cast<bool>(before & if_up) == up)
        return ok;
    receive_filter_changed();
    if (up) {
        vector<interface_address> addresses;
        {
            sync::lock_guard guard{changes_};
            if (const address_table* t = addresses_.read())
                TRY_VOID(addresses.append(t->entries.span()));
        }
        for (const interface_address& a : addresses)
            add_address_routes(a);
        start_ipv6(*this);
    } else {
        stop_ipv6(*this);
        remove_routes_if(
            [](const route_entry& r, const void* device) noexcept {
                return r.device == device && r.type != route_local;
            },
            this);
        forget_neighbours(*this);
    }
    forget_routes();
    announce({change::kind::link, this});
    return ok;
}

TRACEPOINT(net, interface_link, u32 interface, bool up);
void interface::set_link(bool up) noexcept {
    TRACE(interface_link, index(), up);
    constexpr u32 carrier = if_running | if_lower_up;
    const u32 before = up ? flags_.fetch_or(carrier) : flags_.fetch_and(~carrier);
    if (static_cast<bool>(before & if_running) == up)
        return;
    log::info("{}: link {}", name_, up ? "up" : "down");
    forget_routes();
    announce({change::kind::link, this});
}

}  // namespace osprey::net
