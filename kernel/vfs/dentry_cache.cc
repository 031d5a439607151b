// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <cstring>
#include <sync/mutex.hh>
#include <trace/tracepoint.hh>
#include <vfs/dentry_cache.hh>
#include <vfs/watch.hh>

namespace osprey::vfs {

namespace {
constexpr u32 stripes = 64;  // never more than the smallest table has buckets
constexpr u32 first_buckets = 512;
constexpr u32 most_buckets = 1u << 18;

u32 mix(const dentry* directory, u32 hash) noexcept {
    u64 p = reinterpret_cast<u64>(directory) >> 6;
    return hash ^ static_cast<u32>(p * 0x9e3779b97f4a7c15u >> 32);
}
}  // namespace

struct dentry_cache::table {
    sync::rcu_head rcu;
    u32 mask;
    std::atomic<dentry*> buckets[];
};

struct dentry_cache::state {
    std::atomic<table*> current{nullptr};
    std::atomic<u32> generation{0};
    std::atomic<u32> names{0}, negative{0}, limit{8192};
    std::atomic<u32> buckets{0};  // of the present table
    std::atomic<u32> clock_hand{0};
    sync::mutex moving{sync::lock_rank::none};  // one rename or growth at a time
    sync::mutex stripe[stripes];
};

constinit dentry_cache::state dentry_cache::state_;

u32 dentry_cache::generation() noexcept {
    return state_.generation.load(std::memory_order_acquire);
}

void dentry_cache::set_limit(usize names) noexcept {
    state_.limit.store(static_cast<u32>(names), std::memory_order_relaxed);
}

dentry* dentry_cache::find(const dentry& directory, std::string_view name, u32 hash) noexcept {
    const table* t = state_.current.load(std::memory_order_acquire);
    if (!t) [[unlikely]]
        return nullptr;
    dentry* d = t->buckets[mix(&directory, hash) & t->mask].load(std::memory_order_acquire);
    for (; d; d = d->hash_next_.load(std::memory_order_acquire)) {
        const dentry::label* l = d->label_.load(std::memory_order_acquire);
        if (l->hash != hash || d->parent() != &directory || l->size != name.size() ||
            std::memcmp(l->text, name.data(), name.size()) != 0)
            continue;
        if (!d->recently_used_.load(std::memory_order_relaxed))
            d->recently_used_.store(true, std::memory_order_relaxed);
        return d;
    }
    return nullptr;
}

refptr<dentry> dentry_cache::find_counted(const dentry& directory, std::string_view name) noexcept {
    const u32 hash = hash_name(name);
    for (;;) {
        const u32 before = generation();
        if (before & 1) {  // wait for the rename to end
            sync::lock_guard wait{state_.moving};
            continue;
        }
        refptr<dentry> found;
        {
            sync::rcu_read_guard guard;
            dentry* d = find(directory, name, hash);
            if (d && d->try_add_ref())
                found = refptr<dentry>::adopt(d);
        }
        if (generation() == before)
            return found;
    }
}

dentry::label* dentry_cache::make_label(std::string_view name) noexcept {
    auto* l = static_cast<dentry::label*>(allocate(sizeof(dentry::label) + name.size()));
    if (!l)
        return nullptr;
    ::new (static_cast<void*>(l)) dentry::label{};
    l->size = static_cast<u32>(name.size());
    l->hash = hash_name(name);
    std::memcpy(l->text, name.data(), name.size());
    return l;
}

namespace {
dentry::kind kind_of(const vnode* node) noexcept {
    if (!node)
        return dentry::kind::negative;
    if (node->is_directory())
        return dentry::kind::directory;
    return node->type() == node_type::symlink ? dentry::kind::symlink : dentry::kind::other;
}
}  // namespace

result<refptr<dentry>> dentry_cache::allocate_entry(dentry* directory, std::string_view name,
                                                    refptr<vnode> node) noexcept {
    const usize bytes = sizeof(dentry) + sizeof(dentry::label) + name.size();
    void* memory = allocate(bytes);
    if (!memory)
        return errc::out_of_memory;
    auto* d = ::new (memory) dentry;
    auto* l = ::new (static_cast<void*>(d + 1)) dentry::label{};
    l->size = static_cast<u32>(name.size());
    l->hash = hash_name(name);
    std::memcpy(l->text, name.data(), name.size());
    d->bytes_ = static_cast<u32>(bytes);
    d->label_.store(l, std::memory_order_relaxed);
    if (directory) {
        directory->add_ref();
        d->parent_.store(directory, std::memory_order_relaxed);
    }
    d->kind_.store(kind_of(node.get()), std::memory_order_relaxed);
    d->node_.store(node.release(), std::memory_order_release);
    return refptr<dentry>::adopt(d);
}

result<refptr<dentry>> dentry_cache::make_root(refptr<vnode> node) noexcept {
    return allocate_entry(nullptr, "", std::move(node));
}

result<refptr<dentry>> dentry_cache::make(dentry& directory, std::string_view name,
                                          refptr<vnode> node) noexcept {
    return allocate_entry(&directory, name, std::move(node));
}

result<refptr<dentry>> dentry_cache::make_deleted(dentry& directory, std::string_view name,
                                                  refptr<vnode> node) noexcept {
    refptr<dentry> d = TRY(allocate_entry(&directory, name, std::move(node)));
    d->deleted_.store(true, std::memory_order_relaxed);
    return d;
}

result<refptr<dentry>> dentry_cache::make_nameless(refptr<vnode> node) noexcept {
    refptr<dentry> d = TRY(allocate_entry(nullptr, "", std::move(node)));
    d->deleted_.store(true, std::memory_order_relaxed);
    return d;
}

void dentry::last_reference_gone() noexcept {
    // Readers under RCU may still look at name, kind and parent; nobody looks at the vnode.
    if (vnode* n = node_.load(std::memory_order_relaxed)) {
        if (deleted() && anybody_watches() && dentry_cache::was_last_name(*n)) [[unlikely]]
            tell_gone(*n);
        n->drop_ref();
    }
    if (dentry* p = parent_.load(std::memory_order_relaxed))
        p->drop_ref();
    sync::rcu_defer(rcu_, dentry_cache::free_dentry);
}

bool dentry_cache::was_last_name(vnode& node) noexcept {
    if (node.is_directory())
        return true;
    auto now = node.get_attributes();
    return now && now->links == 0;
}

void dentry_cache::free_dentry(sync::rcu_head* head) noexcept {
    auto* d = reinterpret_cast<dentry*>(reinterpret_cast<char*>(head) - offsetof(dentry, rcu_));
    const dentry::label* l = d->label_.load(std::memory_order_relaxed);
    if (l != reinterpret_cast<dentry::label*>(d + 1))
        deallocate(const_cast<dentry::label*>(l), sizeof(dentry::label) + l->size);
    deallocate(d, d->bytes_);
}

void dentry_cache::free_label(sync::rcu_head* head) noexcept {
    auto* l = reinterpret_cast<dentry::label*>(reinterpret_cast<char*>(head) -
                                               offsetof(dentry::label, rcu));
    deallocate(l, sizeof(dentry::label) + l->size);
}

void dentry_cache::link(dentry& entry) noexcept {
    const u32 h = mix(entry.parent(), entry.label_.load(std::memory_order_relaxed)->hash);
    sync::lock_guard guard{state_.stripe[h % stripes]};
    table* t = state_.current.load(std::memory_order_acquire);
    auto& bucket = t->buckets[h & t->mask];
    entry.hash_next_.store(bucket.load(std::memory_order_relaxed), std::memory_order_relaxed);
    entry.hashed_.store(true, std::memory_order_release);
    bucket.store(&entry, std::memory_order_release);
}

bool dentry_cache::unlink(dentry& entry) noexcept {
    const u32 h = mix(entry.parent(), entry.label_.load(std::memory_order_relaxed)->hash);
    sync::lock_guard guard{state_.stripe[h % stripes]};
    if (!entry.hashed_.load(std::memory_order_relaxed))
        return false;
    table* t = state_.current.load(std::memory_order_acquire);
    unchain(t->buckets[h & t->mask], entry);
    return true;
}

void dentry_cache::unchain(std::atomic<dentry*>& bucket, dentry& entry) noexcept {
    std::atomic<dentry*>* at = &bucket;
    while (at->load(std::memory_order_relaxed) != &entry)
        at = &at->load(std::memory_order_relaxed)->hash_next_;
    // A reader standing on `entry` still finds its way on.
    at->store(entry.hash_next_.load(std::memory_order_relaxed), std::memory_order_release);
    entry.hashed_.store(false, std::memory_order_release);
}

TRACEPOINT(vfs, dentry_insert, trace::address dentry);
void dentry_cache::insert(dentry& entry) noexcept {
    TRACE(dentry_insert, &entry);
    const u32 names = state_.names.load(std::memory_order_relaxed);
    const u32 buckets = state_.buckets.load(std::memory_order_relaxed);
    if (names >= 2 * buckets && buckets < most_buckets) [[unlikely]] {
        grow();
        if (state_.buckets.load(std::memory_order_relaxed) == 0)
            return;  // no memory: the name stays uncached
    }
    entry.add_ref();  // the cache's own
    state_.names.fetch_add(1, std::memory_order_relaxed);
    if (entry.negative())
        state_.negative.fetch_add(1, std::memory_order_relaxed);
    if (dentry* p = entry.parent())
        p->children_.fetch_add(1, std::memory_order_relaxed);
    entry.recently_used_.store(true, std::memory_order_relaxed);
    link(entry);
    if (names >= state_.limit.load(std::memory_order_relaxed)) [[unlikely]]
        reclaim(8);
}

void dentry_cache::set_node(dentry& entry, refptr<vnode> node) noexcept {
    const auto kind = kind_of(node.get());
    entry.node_.store(node.release(), std::memory_order_release);
    entry.kind_.store(kind, std::memory_order_release);
    if (entry.hashed())
        state_.negative.fetch_sub(1, std::memory_order_relaxed);
}

void dentry_cache::forget(dentry& entry) noexcept {
    if (unlink(entry))
        uncount(entry), entry.drop_ref();
}

void dentry_cache::uncount(dentry& entry) noexcept {
    state_.names.fetch_sub(1, std::memory_order_relaxed);
    if (entry.negative())
        state_.negative.fetch_sub(1, std::memory_order_relaxed);
    if (dentry* p = entry.parent())
        p->children_.fetch_sub(1, std::memory_order_relaxed);
}

void dentry_cache::remove(dentry& entry) noexcept {
    entry.deleted_.store(true, std::memory_order_release);
    if (entry.children_.load(std::memory_order_relaxed) != 0)
        purge(&entry, nullptr);  // a removed directory: negative names below it
    forget(entry);
}

result<void> dentry_cache::move(dentry& entry, dentry& directory, std::string_view name) noexcept {
    dentry::label* fresh = make_label(name);
    if (!fresh)
        return errc::out_of_memory;
    sync::lock_guard guard{state_.moving};
    state_.generation.fetch_add(1, std::memory_order_acq_rel);
    dentry* from = entry.parent();
    const bool was_hashed = unlink(entry);
    auto* old = const_cast<dentry::label*>(entry.label_.load(std::memory_order_relaxed));
    entry.label_.store(fresh, std::memory_order_release);
    if (from != &directory) {
        directory.add_ref();
        entry.parent_.store(&directory, std::memory_order_release);
        if (was_hashed) {
            from->children_.fetch_sub(1, std::memory_order_relaxed);
            directory.children_.fetch_add(1, std::memory_order_relaxed);
        }
    }
    if (was_hashed)
        link(entry);
    state_.generation.fetch_add(1, std::memory_order_acq_rel);
    if (old != reinterpret_cast<dentry::label*>(&entry + 1))
        sync::rcu_defer(old->rcu, free_label);
    if (from != &directory)
        from->drop_ref();
    return ok;
}

void dentry_cache::exchange(dentry& a, dentry& b) noexcept {
    sync::lock_guard guard{state_.moving};
    state_.generation.fetch_add(1, std::memory_order_acq_rel);
    const bool a_hashed = unlink(a), b_hashed = unlink(b);
    // Labels that live inside their dentry cannot change owners, so the vnodes' side of the pair
    // would have to move: give each a label of its own first.
    const dentry::label* la = a.label_.load(std::memory_order_relaxed);
    const dentry::label* lb = b.label_.load(std::memory_order_relaxed);
    dentry::label* fresh_a = make_label({lb->text, lb->size});
    dentry::label* fresh_b = make_label({la->text, la->size});
    if (fresh_a && fresh_b) {
        dentry *pa = a.parent(), *pb = b.parent();
        a.label_.store(fresh_a, std::memory_order_release);
        b.label_.store(fresh_b, std::memory_order_release);
        a.parent_.store(pb, std::memory_order_release);
        b.parent_.store(pa, std::memory_order_release);
        if (a_hashed != b_hashed) {
            dentry* less = a_hashed ? pa : pb;
            dentry* more = a_hashed ? pb : pa;
            less->children_.fetch_sub(1, std::memory_order_relaxed);
            more->children_.fetch_add(1, std::memory_order_relaxed);
        }
        if (a_hashed)
            link(a);
        if (b_hashed)
            link(b);
        if (la != reinterpret_cast<dentry::label*>(&a + 1))
            sync::rcu_defer(const_cast<dentry::label*>(la)->rcu, free_label);
        if (lb != reinterpret_cast<dentry::label*>(&b + 1))
            sync::rcu_defer(const_cast<dentry::label*>(lb)->rcu, free_label);
    } else {
        // No memory for names: the filesystem is right, so both names are looked up afresh.
        if (fresh_a)
            deallocate(fresh_a, sizeof(dentry::label) + fresh_a->size);
        if (fresh_b)
            deallocate(fresh_b, sizeof(dentry::label) + fresh_b->size);
        if (a_hashed)
            uncount(a), a.drop_ref();
        if (b_hashed)
            uncount(b), b.drop_ref();
    }
    state_.generation.fetch_add(1, std::memory_order_acq_rel);
}

void dentry_cache::grow() noexcept {
    sync::lock_guard guard{state_.moving};
    table* old = state_.current.load(std::memory_order_acquire);
    const u32 buckets = old ? 2 * (old->mask + 1) : first_buckets;
    if (old && state_.names.load(std::memory_order_relaxed) < 2 * (old->mask + 1))
        return;  // somebody else did it
    const usize bytes = sizeof(table) + buckets * sizeof(std::atomic<dentry*>);
    void* memory = allocate(bytes);
    if (!memory)
        return;
    std::memset(memory, 0, bytes);
    auto* fresh = ::new (memory) table;
    fresh->mask = buckets - 1;
    if (!old) {
        state_.current.store(fresh, std::memory_order_release);
        state_.buckets.store(buckets, std::memory_order_release);
        return;
    }
    for (auto& s : state_.stripe)
        s.lock();
    state_.generation.fetch_add(1, std::memory_order_acq_rel);
    for (u32 i = 0; i <= old->mask; ++i) {
        dentry* d = old->buckets[i].load(std::memory_order_relaxed);
        while (d) {
            dentry* next = d->hash_next_.load(std::memory_order_relaxed);
            auto& bucket =
                fresh->buckets[mix(d->parent(), d->label_.load(std::memory_order_relaxed)->hash) &
                               fresh->mask];
            d->hash_next_.store(bucket.load(std::memory_order_relaxed), std::memory_order_release);
            bucket.store(d, std::memory_order_release);
            d = next;
        }
    }
    state_.current.store(fresh, std::memory_order_release);
    state_.buckets.store(buckets, std::memory_order_release);
    state_.generation.fetch_add(1, std::memory_order_acq_rel);
    for (auto& s : state_.stripe)
        s.unlock();
    sync::rcu_defer(old->rcu, [](sync::rcu_head* head) {
        auto* t = reinterpret_cast<table*>(head);
        deallocate(t, sizeof(table) + (t->mask + usize{1}) * sizeof(std::atomic<dentry*>));
    });
}

/// Takes matching unused entries of one bucket out, chained by `rcu_.next`.
template <typename Wanted>
dentry* dentry_cache::collect(u32 index, Wanted&& wanted) noexcept {
    dentry* victims = nullptr;
    sync::lock_guard guard{state_.stripe[index % stripes]};
    table* t = state_.current.load(std::memory_order_acquire);
    if (index > t->mask)
        return nullptr;
    auto& bucket = t->buckets[index];
    dentry* d = bucket.load(std::memory_order_relaxed);
    while (d) {
        dentry* next = d->hash_next_.load(std::memory_order_relaxed);
        // At a count of one only the cache refers to it; once zero, nobody can come back.
        if (wanted(*d) && d->mounted_on_.load(std::memory_order_relaxed) == 0 &&
            d->try_drop_last_ref()) {
            unchain(bucket, *d);
            d->rcu_.next = reinterpret_cast<sync::rcu_head*>(victims);
            victims = d;
        }
        d = next;
    }
    return victims;
}

usize dentry_cache::dispose(dentry* victims) noexcept {
    usize count = 0;
    while (victims) {
        auto* next = reinterpret_cast<dentry*>(victims->rcu_.next);
        uncount(*victims);
        victims->last_reference_gone();
        victims = next;
        ++count;
    }
    return count;
}

TRACEPOINT(vfs, dentry_reclaim, u64 count);
usize dentry_cache::reclaim(usize count) noexcept {
    TRACE(dentry_reclaim, count);
    usize done = 0;
    const u32 buckets = state_.buckets.load(std::memory_order_relaxed);
    if (buckets == 0)
        return 0;
    const u32 mask = buckets - 1;
    for (u32 looked = 0; looked <= 2 * mask + 1 && done < count; ++looked) {
        const u32 index = state_.clock_hand.fetch_add(1, std::memory_order_relaxed) & mask;
        done += dispose(collect(index, [](dentry& d) {
            return !d.recently_used_.exchange(false, std::memory_order_relaxed);
        }));
    }
    return done;
}

void dentry_cache::purge(const dentry* directory, const filesystem* fs) noexcept {
    // Leaves go first; what they held goes in the next round.
    for (usize gone = 1; gone != 0;) {
        gone = 0;
        const u32 buckets = state_.buckets.load(std::memory_order_relaxed);
        for (u32 i = 0; i < buckets; ++i)
            gone += dispose(collect(i, [&](dentry& d) {
                if (directory)
                    return d.parent() == directory;
                for (const dentry* p = &d; p; p = p->parent())
                    if (const vnode* n = p->node())
                        return &n->owner() == fs;
                return false;
            }));
    }
}

dentry_cache::statistics dentry_cache::get_statistics() noexcept {
    return {state_.names.load(std::memory_order_relaxed),
            state_.negative.load(std::memory_order_relaxed),
            state_.buckets.load(std::memory_order_relaxed)};
}

}  // namespace osprey::vfs
