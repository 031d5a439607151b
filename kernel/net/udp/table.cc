// SPDX-License-Identifier: BSD-3-Clause
#include <base/hash.hh>
#include <net/udp/table.hh>

namespace osprey::net {

namespace {
template <std::atomic<udp_binding*> udp_binding::*Next>
void push(std::atomic<udp_binding*>& head, udp_binding& b) noexcept {
    (b.*Next).store(head.load(std::memory_order_relaxed), std::memory_order_relaxed);
    head.store(&b, std::memory_order_release);
}
/// Readers that stand on `b` go on to what was behind it.
template <std::atomic<udp_binding*> udp_binding::*Next>
void take_out(std::atomic<udp_binding*>& head, udp_binding& b) noexcept {
    std::atomic<udp_binding*>* at = &head;
    while (udp_binding* here = at->load(std::memory_order_relaxed)) {
        if (here == &b) {
            at->store((b.*Next).load(std::memory_order_relaxed), std::memory_order_release);
            return;
        }
        at = &(here->*Next);
    }
}
void free_binding(sync::rcu_head* head) noexcept {
    alignas(udp_binding) static constexpr char place[sizeof(udp_binding)] = {};
    const auto* origin = reinterpret_cast<const udp_binding*>(place);
    const auto offset = reinterpret_cast<const char*>(&origin->rcu) - place;
    delete reinterpret_cast<udp_binding*>(reinterpret_cast<char*>(head) - offset);
}
bool takes_family(const udp_binding& b, bool v4) noexcept {
    return v4 ? b.v4 : b.v6;
}
}  // namespace

usize udp_table::flow_bucket(const ip_address& local, u16 local_port, const ip_address& remote,
                             u16 remote_port) noexcept {
    const u64 ports = u64{local_port} << 16 | remote_port;
    return mix(local.low() ^ local.high() ^ ports << 32,
               remote.low() ^ (remote.high() << 1) ^ ports) %
           bucket_count;
}

const udp_binding* udp_table::find_connected(const udp_flow& f) const noexcept {
    const buckets* t = flows_.load(std::memory_order_acquire);
    if (!t)
        return nullptr;
    const usize at = flow_bucket(f.destination, f.destination_port, f.source, f.source_port);
    for (const udp_binding* b = t->heads[at].load(std::memory_order_acquire); b;
         b = b->next_by_flow.load(std::memory_order_acquire))
        if (b->local.port == f.destination_port && b->remote.port == f.source_port &&
            b->local.address == f.destination && b->remote.address == f.source &&
            (b->device == 0 || b->device == f.device) &&
            (b->remote.scope == 0 || b->remote.scope == f.device))
            return b;
    return nullptr;
}

/// How well a binding fits; negative: not at all.
int udp_table::score(const udp_binding& b, const udp_flow& f) noexcept {
    if (b.local.port != f.destination_port || !takes_family(b, f.destination.is_v4()))
        return -1;
    int fits = 0;
    if (!b.local.address.is_any()) {
        if (b.local.address != f.destination || (b.local.scope != 0 && b.local.scope != f.device))
            return -1;
        fits += 4;
    }
    if (b.connected) {
        if (b.remote.address != f.source || b.remote.port != f.source_port)
            return -1;
        fits += 8;
    }
    if (b.device != 0) {
        if (b.device != f.device)
            return -1;
        fits += 2;
    }
    // A socket of the packet's own family before a dual-stack one.
    if (b.v4 != b.v6)
        fits += 1;
    return fits;
}

const udp_binding* udp_table::find(const udp_flow& f) const noexcept {
    if (const udp_binding* b = find_connected(f))
        return b;
    const udp_binding* best = nullptr;
    int best_score = -1;
    u32 equals = 0;
    for (const udp_binding* b = first_of_port(f.destination_port); b;
         b = b->next_by_port.load(std::memory_order_acquire)) {
        const int s = score(*b, f);
        if (s > best_score) {
            best = b;
            best_score = s;
            equals = b->reuse_port;
        } else if (s >= 0 && s == best_score && b->reuse_port) {
            ++equals;
        }
    }
    if (equals <= 1) [[likely]]
        return best;
    // SO_REUSEPORT: the flow's hash chooses, so that a flow stays with one socket.
    u32 chosen = static_cast<u32>(u64{f.hash} * equals >> 32);
    for (const udp_binding* b = first_of_port(f.destination_port); b;
         b = b->next_by_port.load(std::memory_order_acquire))
        if (b->reuse_port && score(*b, f) == best_score && chosen-- == 0)
            return b;
    return best;
}

bool udp_table::accepts_many(const udp_binding& b, const udp_flow& f) noexcept {
    if (!takes_family(b, f.destination.is_v4()))
        return false;
    if (!b.local.address.is_any() && b.local.address != f.destination)
        return false;
    if (b.connected && (b.remote.address != f.source || b.remote.port != f.source_port))
        return false;
    return b.device == 0 || b.device == f.device;
}

/// May two sockets have the same port? `reuse_a` is SO_REUSEADDR of the new one; the old one's is
/// kept as `reuse_address`.
bool udp_table::may_share(const udp_binding& a, bool reuse_a, const udp_binding& b) noexcept {
    if (a.device != 0 && b.device != 0 && a.device != b.device)
        return true;
    if (!(a.v4 && b.v4) && !(a.v6 && b.v6))
        return true;
    const bool same_address =
        a.local.address == b.local.address || a.local.address.is_any() || b.local.address.is_any();
    if (!same_address)
        return true;
    // Link-local addresses of two links are two addresses.
    if (a.local.scope != 0 && b.local.scope != 0 && a.local.scope != b.local.scope)
        return true;
    return (reuse_a && b.reuse_address) || (a.reuse_port && b.reuse_port);
}

bool udp_table::conflicts(const udp_binding& b, bool reuse_address) const noexcept {
    for (const udp_binding* other = first_of_port(b.local.port); other;
         other = other->next_by_port.load(std::memory_order_relaxed))
        if (other->local.port == b.local.port && !may_share(b, reuse_address, *other))
            return true;
    return false;
}

result<void> udp_table::make_tables() noexcept {
    if (ports_.load(std::memory_order_relaxed))
        return ok;
    auto flows = TRY(make_unique<buckets>());
    auto ports = TRY(make_unique<buckets>());
    flows_.store(flows.release(), std::memory_order_release);
    ports_.store(ports.release(), std::memory_order_release);
    return ok;
}

void udp_table::link(udp_binding& b) noexcept {
    buckets& ports = *ports_.load(std::memory_order_relaxed);
    push<&udp_binding::next_by_port>(ports.heads[port_bucket(b.local.port)], b);
    if (!b.connected || b.local.address.is_any())
        return;
    buckets& flows = *flows_.load(std::memory_order_relaxed);
    push<&udp_binding::next_by_flow>(
        flows.heads[flow_bucket(b.local.address, b.local.port, b.remote.address, b.remote.port)],
        b);
}

void udp_table::unlink(udp_binding& b) noexcept {
    buckets& ports = *ports_.load(std::memory_order_relaxed);
    take_out<&udp_binding::next_by_port>(ports.heads[port_bucket(b.local.port)], b);
    if (!b.connected || b.local.address.is_any())
        return;
    buckets& flows = *flows_.load(std::memory_order_relaxed);
    take_out<&udp_binding::next_by_flow>(
        flows.heads[flow_bucket(b.local.address, b.local.port, b.remote.address, b.remote.port)],
        b);
}

result<void> udp_table::insert(udp_binding& b, bool reuse_address, u16 first, u16 last,
                               u32 random) noexcept {
    sync::lock_guard guard{mutex_};
    TRY_VOID(make_tables());
    b.reuse_address = reuse_address;
    if (b.local.port != 0) {
        if (conflicts(b, reuse_address))
            return errc::address_in_use;
        link(b);
        return ok;
    }
    // Random ports (RFC 6056 §3.3.2): from a random one on, each once. An automatic port is never
    // shared on the ground of SO_REUSEADDR.
    const u32 range = u32{last} - first + 1;
    for (u32 i = 0; i < range; ++i) {
        b.local.port = static_cast<u16>(first + (random + i) % range);
        if (!conflicts(b, false)) {
            link(b);
            return ok;
        }
    }
    b.local.port = 0;
    return errc::again;
}

void udp_table::replace(udp_binding& old, udp_binding& b) noexcept {
    sync::lock_guard guard{mutex_};
    b.reuse_address = old.reuse_address;
    // The new one first: a packet in between finds one of the two.
    link(b);
    unlink(old);
    sync::rcu_defer(old.rcu, free_binding);
}

void udp_table::remove(udp_binding& b) noexcept {
    {
        sync::lock_guard guard{mutex_};
        unlink(b);
    }
    sync::rcu_defer(b.rcu, free_binding);
}

}  // namespace osprey::net
