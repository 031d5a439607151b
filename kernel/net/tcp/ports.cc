// SPDX-License-Identifier: BSD-3-Clause
#include <base/heap.hh>
#include <net/settings.hh>
#include <net/tcp/ports.hh>
#include <sync/random_pool.hh>

namespace osprey::net::tcp {

namespace {
constinit port_table table;

/// Do two addresses to listen at have one in common?
bool overlap(const hold& a, const hold& b) noexcept {
    if (a.device && b.device && a.device != b.device)
        return false;
    const bool any_a = a.address.is_any(), any_b = b.address.is_any();
    const auto covers_v4 = [](const hold& h) noexcept {
        return h.address.is_v4() || !h.v6_only;
    };
    const auto covers_v6 = [](const hold& h) noexcept {
        return !h.address.is_v4();
    };
    if (any_a && any_b)
        return (covers_v4(a) && covers_v4(b)) || (covers_v6(a) && covers_v6(b));
    if (any_a)
        return b.address.is_v4() ? covers_v4(a) : covers_v6(a);
    if (any_b)
        return a.address.is_v4() ? covers_v4(b) : covers_v6(b);
    return a.address == b.address;
}
}  // namespace

port_table& ports() noexcept {
    return table;
}

void port_table::local_range(u32& first, u32& span) noexcept {
    first = settings().local_port_first.load(std::memory_order_relaxed);
    const u32 last = settings().local_port_last.load(std::memory_order_relaxed);
    span = last >= first ? last - first + 1 : 1;
}

u32 port_table::random_offset(u32 span) noexcept {
    return static_cast<u32>(random_number() % span);
}

bool port_table::conflicts(u16 port, const hold& how, const binding* except) const noexcept {
    for (const binding* b = table_[port % buckets]; b; b = b->next) {
        if (b->port != port || (b == except && b->count == 1) || !overlap(b->how, how))
            continue;
        if (how.reuse_address && b->how.reuse_address && !how.listening && !b->how.listening)
            continue;
        if (how.reuse_port && b->how.reuse_port && how.uid == b->how.uid)
            continue;
        // Connections of a listener that is gone do not stand in the way of the next one.
        if (how.reuse_address && b->how.reuse_address && !b->how.listening)
            continue;
        return true;
    }
    return false;
}

result<binding*> port_table::add(u16 port, const hold& how) noexcept {
    binding*& head = table_[port % buckets];
    for (binding* b = head; b; b = b->next)
        if (b->port == port && b->how == how) {
            ++b->count;
            return b;
        }
    auto* b = new (std::nothrow) binding{head, how, port, 1};
    if (!b)
        return errc::out_of_memory;
    return head = b;
}

result<binding*> port_table::bind(u16 port, const hold& how) noexcept {
    sync::lock_guard guard{mutex_};
    if (port) {
        if (conflicts(port, how, nullptr))
            return errc::address_in_use;
        return add(port, how);
    }
    u32 first, span;
    local_range(first, span);
    const u32 start = random_offset(span);
    for (u32 i = 0; i < span; ++i) {
        const auto candidate = static_cast<u16>(first + (start + i) % span);
        // A port of its own, even where sharing would be allowed.
        hold alone = how;
        alone.reuse_address = alone.reuse_port = false;
        if (!conflicts(candidate, alone, nullptr))
            return add(candidate, how);
    }
    return errc::address_in_use;
}

result<binding*> port_table::share(u16 port, const hold& how) noexcept {
    sync::lock_guard guard{mutex_};
    return add(port, how);
}

result<binding*> port_table::share_automatic(u16 port, const hold& how) noexcept {
    sync::lock_guard guard{mutex_};
    for (const binding* b = table_[port % buckets]; b; b = b->next)
        if (b->port == port && !b->how.automatic)
            return static_cast<binding*>(nullptr);
    return add(port, how);
}

result<binding*> port_table::change(binding* b, const hold& how) noexcept {
    sync::lock_guard guard{mutex_};
    if (b->how == how)
        return b;
    if (how.listening && conflicts(b->port, how, b))
        return errc::address_in_use;
    binding* fresh = TRY(add(b->port, how));
    drop(b);
    return fresh;
}

void port_table::drop(binding* b) noexcept {
    if (--b->count != 0)
        return;
    binding** link = &table_[b->port % buckets];
    while (*link != b)
        link = &(*link)->next;
    *link = b->next;
    delete b;
}

void port_table::release(binding* b) noexcept {
    if (!b)
        return;
    sync::lock_guard guard{mutex_};
    drop(b);
}

}  // namespace osprey::net::tcp
