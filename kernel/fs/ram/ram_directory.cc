// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <fs/ram/ram_node.hh>
#include <vfs/dentry_cache.hh>

namespace osprey::fs {

namespace {

/// One or two directories locked, the lower address first.
class locked_pair {
public:
    locked_pair(sync::mutex& a, sync::mutex& b) noexcept
        : first_{&a < &b ? a : b}, second_{&a < &b ? b : a} {
        first_.lock();
        if (&first_ != &second_)
            second_.lock();
    }
    ~locked_pair() {
        if (&first_ != &second_)
            second_.unlock();
        first_.unlock();
    }

private:
    sync::mutex& first_;
    sync::mutex& second_;
};

}  // namespace

ram_node::entry* ram_node::find(std::string_view name) noexcept {
    const name_key key{vfs::hash_name(name), name};
    entry* e = by_name_.lower_bound(key);
    return e && e->hash == key.hash && e->name() == name ? e : nullptr;
}

result<ram_node::entry*> ram_node::make_entry(std::string_view name,
                                              refptr<ram_node> node) noexcept {
    void* memory = allocate(sizeof(entry) + name.size());
    if (!memory)
        return errc::out_of_memory;
    auto* e = ::new (memory) entry;
    e->node = std::move(node);
    e->hash = vfs::hash_name(name);
    e->size = static_cast<u32>(name.size());
    std::memcpy(e->text, name.data(), name.size());
    return e;
}

void ram_node::free_entry(entry* e) noexcept {
    const usize bytes = sizeof(entry) + e->size;
    e->~entry();
    deallocate(e, bytes);
}

void ram_node::insert(entry& e) noexcept {
    e.cookie = next_cookie_++;
    by_name_.insert(e);
    by_cookie_.insert(e);
    ++count_;
}

void ram_node::erase(entry& e) noexcept {
    by_name_.remove(e);
    by_cookie_.remove(e);
    --count_;
}

void ram_node::clear_entries() noexcept {
    while (entry* e = by_cookie_.first()) {
        erase(*e);
        free_entry(e);
    }
}

bool ram_node::has_entries() noexcept {
    sync::lock_guard guard{entries_mutex_};
    for (entry* e = by_cookie_.first(); e; e = by_cookie_.next(*e))
        if (!e->node->is_whiteout())
            return true;
    return false;
}

result<refptr<vfs::vnode>> ram_node::lookup(std::string_view name) noexcept {
    if (!is_directory())
        return errc::not_directory;
    sync::lock_guard guard{entries_mutex_};
    entry* e = find(name);
    if (!e)
        return errc::no_entry;
    return refptr<vfs::vnode>{e->node};
}

result<void> ram_node::add(std::string_view name, refptr<ram_node> node) noexcept {
    const bool directory = node->is_directory();
    entry* e = TRY(make_entry(name, std::move(node)));
    {
        sync::lock_guard guard{entries_mutex_};
        const bool taken = find(name) != nullptr;
        if (!taken && !dead_) {
            insert(*e);
            if (directory)
                links_.fetch_add(1, std::memory_order_relaxed);
            touch();
            return ok;
        }
    }
    const errc why = dead_ ? errc::no_entry : errc::exists;
    free_entry(e);
    return why;
}

result<refptr<vfs::vnode>> ram_node::create(std::string_view name, vfs::node_type type,
                                            u32 permissions, vfs::device_number special) noexcept {
    auto node = TRY(fs().make_node(type, permissions));
    node->special_ = special;
    TRY_VOID(add(name, node));
    return refptr<vfs::vnode>{std::move(node)};
}

result<refptr<vfs::vnode>> ram_node::symlink(std::string_view name,
                                             std::string_view target) noexcept {
    auto node = TRY(fs().make_node(vfs::node_type::symlink, 0777));
    node->target_ = TRY(string::copy_of(target));
    TRY_VOID(add(name, node));
    return refptr<vfs::vnode>{std::move(node)};
}

result<refptr<vfs::vnode>> ram_node::create_unnamed(u32 permissions) noexcept {
    auto node = TRY(fs().make_node(vfs::node_type::regular, permissions));
    node->links_.store(0, std::memory_order_relaxed);
    return refptr<vfs::vnode>{std::move(node)};
}

result<void> ram_node::link(std::string_view name, vfs::vnode& target) noexcept {
    auto& node = static_cast<ram_node&>(target);
    TRY_VOID(add(name, refptr<ram_node>{&node}));
    node.links_.fetch_add(1, std::memory_order_relaxed);
    node.touch_changed();
    return ok;
}

result<void> ram_node::unlink(std::string_view name, vfs::vnode&) noexcept {
    entry* e;
    {
        sync::lock_guard guard{entries_mutex_};
        e = find(name);
        if (!e)
            return errc::no_entry;
        erase(*e);
        touch();
    }
    e->node->links_.fetch_sub(1, std::memory_order_relaxed);
    e->node->touch_changed();
    free_entry(e);
    return ok;
}

result<void> ram_node::remove_directory(std::string_view name, vfs::vnode& victim) noexcept {
    auto& node = static_cast<ram_node&>(victim);
    entry* e;
    {
        locked_pair guard{entries_mutex_, node.entries_mutex_};
        e = find(name);
        if (!e)
            return errc::no_entry;
        if (node.count_ != 0)
            return errc::not_empty;
        node.dead_ = true;
        node.links_.store(0, std::memory_order_relaxed);
        erase(*e);
        links_.fetch_sub(1, std::memory_order_relaxed);
        touch();
    }
    free_entry(e);
    return ok;
}

result<void> ram_node::rename(std::string_view old_name, vfs::vnode& moved,
                              vfs::vnode& new_directory, std::string_view new_name,
                              vfs::vnode* victim, u32 flags) noexcept {
    constexpr u32 exchange = 2;
    auto& to = static_cast<ram_node&>(new_directory);
    auto& node = static_cast<ram_node&>(moved);
    auto* gone = static_cast<ram_node*>(victim);
    const int directory = node.is_directory();
    entry* fresh = nullptr;
    if (!(flags & exchange))
        fresh = TRY(make_entry(new_name, refptr<ram_node>{&node}));
    entry *old_entry, *replaced = nullptr;
    errc why{};
    {
        locked_pair guard{entries_mutex_, to.entries_mutex_};
        old_entry = find(old_name);
        replaced = to.find(new_name);
        if (!old_entry || to.dead_ || ((flags & exchange) && !replaced)) {
            why = errc::no_entry;
        } else if (flags & exchange) {
            std::swap(old_entry->node, replaced->node);
            const int other = replaced->node->is_directory();
            // `replaced` now holds `moved`
            const int change = static_cast<int>(old_entry->node->is_directory()) - other;
            if (&to != this) {
                links_.fetch_add(static_cast<u32>(change), std::memory_order_relaxed);
                to.links_.fetch_sub(static_cast<u32>(change), std::memory_order_relaxed);
            }
        } else {
            if (gone && gone->is_directory()) {
                if (gone != this && gone != &to)
                    gone->entries_mutex_.lock();
                if (gone->count_ != 0)
                    why = errc::not_empty;
                else
                    gone->dead_ = true;
                if (gone != this && gone != &to)
                    gone->entries_mutex_.unlock();
            }
            if (why == errc{}) {
                if (replaced) {
                    to.erase(*replaced);
                    const bool was_directory = replaced->node->is_directory();
                    if (was_directory)
                        to.links_.fetch_sub(1, std::memory_order_relaxed);
                    replaced->node->links_.fetch_sub(was_directory ? 2 : 1,
                                                     std::memory_order_relaxed);
                    replaced->node->touch_changed();
                }
                erase(*old_entry);
                to.insert(*fresh);
                fresh = nullptr;
                links_.fetch_sub(static_cast<u32>(directory), std::memory_order_relaxed);
                to.links_.fetch_add(static_cast<u32>(directory), std::memory_order_relaxed);
            }
        }
        if (why == errc{}) {
            touch();
            to.touch();
        }
    }
    if (fresh)
        free_entry(fresh);
    if (why != errc{})
        return why;
    if (!(flags & exchange)) {
        free_entry(old_entry);
        if (replaced)
            free_entry(replaced);
    }
    node.touch_changed();
    return ok;
}

result<void> ram_node::read_directory(u64 cookie, vfs::directory_sink& sink) noexcept {
    if (!is_directory())
        return errc::not_directory;
    // A few entries at a time: the sink may fault and sleep, which it does without the lock.
    struct item {
        u64 cookie, inode;
        vfs::node_type type;
        u32 size;
        char name[256];
    };
    constexpr usize batch = 8;
    auto* items = static_cast<item*>(allocate(batch * sizeof(item)));
    if (!items)
        return errc::out_of_memory;
    for (bool more = true; more;) {
        usize count = 0;
        {
            sync::lock_guard guard{entries_mutex_};
            entry* e = by_cookie_.lower_bound(cookie + 1);
            for (; e && count < batch; e = by_cookie_.next(*e), ++count) {
                item& i = items[count];
                i.cookie = e->cookie;
                i.inode = e->node->inode();
                i.type = e->node->type();
                i.size = e->size;
                std::memcpy(i.name, e->text, e->size);
            }
        }
        more = count == batch;
        for (usize i = 0; i < count; ++i) {
            if (!sink.add({items[i].name, items[i].size}, items[i].inode, items[i].type,
                          items[i].cookie)) {
                more = false;
                break;
            }
            cookie = items[i].cookie;
        }
    }
    deallocate(items, batch * sizeof(item));
    return ok;
}

}  // namespace osprey::fs
