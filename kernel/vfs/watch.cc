// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <vfs/walk.hh>
#include <vfs/watch.hh>

namespace osprey::vfs {

constinit std::atomic<u32> watch_count{0};

/// The watches of one vnode, made with the first and kept as long as the vnode.
struct watch_list {
    sync::mutex mutex;
    intrusive_list<node_watch, &node_watch::node_hook_> watches;

    static watch_list* of(vnode& n) noexcept { return n.watches.load(std::memory_order_acquire); }
    static result<watch_list*> make(vnode& n) noexcept;
    void attach(node_watch& w, const path& p) noexcept;
    bool detach(node_watch& w) noexcept;  // `mutex` held
    void tell(const change& c) noexcept;

    /// All watches of the system; innermost.
    using everything = intrusive_list<node_watch, &node_watch::all_hook_>;
    static everything& all() noexcept {
        static constinit everything list;
        return list;
    }
    static sync::mutex& all_mutex() noexcept {
        static constinit sync::mutex m;
        return m;
    }
    static refptr<node_watch> any_of(const filesystem& fs) noexcept;
};

result<watch_list*> watch_list::make(vnode& n) noexcept {
    if (watch_list* there = of(n))
        return there;
    auto fresh = TRY(make_unique<watch_list>());
    watch_list* nobody = nullptr;
    if (!n.watches.compare_exchange_strong(nobody, fresh.get(), std::memory_order_acq_rel))
        return nobody;
    return fresh.release();
}

void watch_list::attach(node_watch& w, const path& p) noexcept {
    w.filesystem_ = refptr<filesystem>{&p.node()->owner()};
    w.node_ = refptr<vnode>{p.node()};
    sync::lock_guard guard{mutex};
    w.attached_ = true;
    watches.push_back(w);
    sync::lock_guard of_all{all_mutex()};
    all().push_back(w);
    watch_count.fetch_add(1, std::memory_order_relaxed);
}

bool watch_list::detach(node_watch& w) noexcept {
    if (!w.attached_)
        return false;
    w.attached_ = false;
    watches.remove(w);
    sync::lock_guard of_all{all_mutex()};
    all().remove(w);
    watch_count.fetch_sub(1, std::memory_order_relaxed);
    return true;
}

void watch_list::tell(const change& c) noexcept {
    sync::lock_guard guard{mutex};
    for (auto at = watches.begin(); at != watches.end();) {
        node_watch& w = *at;
        ++at;
        if (!w.happened(c))
            (void)detach(w);
    }
}

refptr<node_watch> watch_list::any_of(const filesystem& fs) noexcept {
    sync::lock_guard guard{all_mutex()};
    for (node_watch& w : all())
        if (w.filesystem_.get() == &fs && w.try_add_ref())
            return refptr<node_watch>::adopt(&w);
    return {};
}

result<void> attach_watch(node_watch& w, const path& p) noexcept {
    TRY(watch_list::make(*p.node()))->attach(w, p);
    return ok;
}

bool detach_watch(node_watch& w) noexcept {
    if (!w.node())
        return false;
    watch_list& list = *watch_list::of(*w.node());
    sync::lock_guard guard{list.mutex};
    return list.detach(w);
}

void tell_node(vnode& n, u32 what) noexcept {
    if (watch_list* list = watch_list::of(n))
        list->tell({.what = what | (n.is_directory() ? u32{of_directory} : 0u)});
}

void tell_entry(vnode& directory, const change& c) noexcept {
    if (watch_list* list = watch_list::of(directory))
        list->tell(c);
}

void tell_place(const path& p, u32 what) noexcept {
    vnode* node = p.node();
    if (!node)
        return;
    refptr<dentry> up;
    char name[longest_name];
    usize size = 0;
    {
        sync::rcu_read_guard guard;
        dentry* parent = p.entry->parent();
        if (parent && parent->try_add_ref()) {
            up = refptr<dentry>::adopt(parent);
            size = p.entry->name().size();
            std::memcpy(name, p.entry->name().data(), size);
        }
    }
    const u32 kind = node->is_directory() ? u32{of_directory} : 0u;
    if (up && up->node())
        tell_entry(*up->node(),
                   {.what = what | kind, .name = {name, size}, .name_gone = p.entry->deleted()});
    tell_node(*node, what);
}

void tell_gone(vnode& n) noexcept {
    watch_list* list = watch_list::of(n);
    if (!list)
        return;
    list->tell({.what = self_deleted | (n.is_directory() ? u32{of_directory} : 0u)});
    for (;;) {
        refptr<node_watch> w;
        {
            sync::lock_guard guard{list->mutex};
            node_watch* first = list->watches.front();
            if (!first)
                return;
            w = refptr<node_watch>{first};
            (void)list->detach(*first);
        }
        w->node_gone();
    }
}

void tell_unmounted(const filesystem& fs) noexcept {
    while (anybody_watches()) {
        refptr<node_watch> w = watch_list::any_of(fs);
        if (!w)
            return;
        (void)w->happened({.what = filesystem_unmounted});
        if (detach_watch(*w))
            w->node_gone();
    }
}

u32 new_cookie() noexcept {
    static constinit std::atomic<u32> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

void free_watches(watch_list* list) noexcept {
    delete list;
}

}  // namespace osprey::vfs
