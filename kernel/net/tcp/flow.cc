// SPDX-License-Identifier: BSD-3-Clause
#include <base/heap.hh>
#include <memory/frame.hh>
#include <net/tcp/flow.hh>
#include <sync/random_pool.hh>

namespace osprey::net::tcp {

namespace {
constinit flow_table table;

/// One bucket for each 32 KB of memory: 8 bytes that a thousandth of a connection costs anyway.
u32 buckets_wanted() noexcept {
    u64 pages = memory::get_statistics().total;
    u32 n = 2048;
    while (n < 1u << 18 && u64{n} * 8 < pages)
        n *= 2;
    return n;
}
}  // namespace

flow_table& flows() noexcept {
    return table;
}

void flow::last_reference_gone() noexcept {
    sync::rcu_defer(rcu, [](sync::rcu_head* head) {
        delete reinterpret_cast<flow*>(reinterpret_cast<char*>(head) - offsetof(flow, rcu));
    });
}

result<void> flow_table::start() noexcept {
    const u32 n = buckets_wanted();
    buckets_ = static_cast<std::atomic<flow*>*>(allocate(n * sizeof(void*)));
    if (!buckets_)
        return errc::out_of_memory;
    for (u32 i = 0; i < n; ++i)
        std::construct_at(&buckets_[i], nullptr);
    mask_ = n - 1;
    random_bytes(&key_, sizeof key_);
    return ok;
}

/// A keyed mix rather than SipHash: it is computed for each packet, nobody outside sees its values,
/// and the flows of one bucket are bounded by what the peers may open anyway.
u32 flow_table::hash(const flow_key& k) const noexcept {
    const u64 ports = u64{k.local_port} << 48 | u64{k.remote_port} << 32 | k.scope;
    u64 h = mix(k.remote.low() ^ key_.k0 ^ ports * 0x9e3779b97f4a7c15);
    if (!k.remote.is_v4())
        h = mix(h ^ k.remote.high() ^ std::rotl(k.local.high(), 32));
    return static_cast<u32>(mix(h ^ k.local.low() ^ key_.k1));
}

flow* flow_table::find(const flow_key& k, u32 hash) const noexcept {
    for (flow* f = buckets_[hash & mask_].load(std::memory_order_acquire); f;
         f = f->next.load(std::memory_order_acquire))
        if (f->hash == hash && f->key == k)
            return f;
    return nullptr;
}

std::atomic<flow*>* flow_table::place_of(flow& f) noexcept {
    std::atomic<flow*>* link = &buckets_[f.hash & mask_];
    while (flow* here = link->load(std::memory_order_relaxed)) {
        if (here == &f)
            return link;
        link = &here->next;
    }
    return nullptr;
}

bool flow_table::insert(flow& f) noexcept {
    sync::lock_guard guard{stripes_[f.hash % locks].mutex};
    if (find(f.key, f.hash))
        return false;
    std::atomic<flow*>& head = buckets_[f.hash & mask_];
    f.next.store(head.load(std::memory_order_relaxed), std::memory_order_relaxed);
    f.add_ref();
    f.listed = true;
    head.store(&f, std::memory_order_release);
    size_.fetch_add(1, std::memory_order_relaxed);
    return true;
}

bool flow_table::replace(flow& old, flow& fresh) noexcept {
    {
        sync::lock_guard guard{stripes_[old.hash % locks].mutex};
        if (!old.listed)
            return false;
        std::atomic<flow*>* link = place_of(old);
        fresh.next.store(old.next.load(std::memory_order_relaxed), std::memory_order_relaxed);
        fresh.add_ref();
        fresh.listed = true;
        old.listed = false;
        link->store(&fresh, std::memory_order_release);
    }
    old.drop_ref();
    return true;
}

bool flow_table::remove(flow& f) noexcept {
    {
        sync::lock_guard guard{stripes_[f.hash % locks].mutex};
        if (!f.listed)
            return false;
        // Readers that stand on it still find their way on: its own link stays.
        place_of(f)->store(f.next.load(std::memory_order_relaxed), std::memory_order_release);
        f.listed = false;
        size_.fetch_sub(1, std::memory_order_relaxed);
    }
    f.drop_ref();
    return true;
}

}  // namespace osprey::net::tcp
