// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <trace/tracepoint.hh>
#include <vfs/dentry_cache.hh>
#include <vfs/lookup.hh>
#include <vfs/mount_tree.hh>
#include <vfs/watch.hh>

namespace osprey::vfs {

namespace {

struct mount_table {
    sync::rcu_head rcu;
    u32 count = 0;
    struct row {
        mount* parent;  // null: the root of the system
        dentry* at;
        mount* child;
    } rows[];
};

constinit std::atomic<mount_table*> table{nullptr};
constinit std::atomic<mount*> root_mount{nullptr};
constinit std::atomic<u32> last_id{20};  // Linux's first visible ids are about here
constinit sync::mutex changing{sync::lock_rank::none};

usize bytes_of(u32 rows) noexcept {
    return sizeof(mount_table) + rows * sizeof(mount_table::row);
}

mount_table* make_table(u32 rows) noexcept {
    void* memory = allocate(bytes_of(rows));
    if (!memory)
        return nullptr;
    auto* t = ::new (memory) mount_table;
    t->count = rows;
    return t;
}

void publish(mount_table* fresh) noexcept {
    mount_table* old = table.exchange(fresh, std::memory_order_acq_rel);
    if (old)
        sync::rcu_defer(old->rcu, [](sync::rcu_head* head) {
            auto* t = reinterpret_cast<mount_table*>(head);
            deallocate(t, bytes_of(t->count));
        });
}

}  // namespace

/// Access of the functions here to dentries' mount counts.
struct mount_changes {
    static void count(dentry& at, int by) noexcept {
        at.mounted_on_.fetch_add(static_cast<u32>(by), std::memory_order_release);
    }
};

mount::mount(refptr<filesystem> fs, refptr<dentry> root, path at, u32 flags, string source) noexcept
    : fs_{std::move(fs)},
      root_{std::move(root)},
      at_{std::move(at)},
      flags_{flags},
      source_{std::move(source)},
      id_{last_id.fetch_add(1, std::memory_order_relaxed) + 1} {}

mount::~mount() = default;

void mount::last_reference_gone() noexcept {
    // Readers under RCU may still compare it and read `root_` and `at_`.
    sync::rcu_defer(rcu_, [](sync::rcu_head* head) {
        auto* m = reinterpret_cast<mount*>(reinterpret_cast<char*>(head) - offsetof(mount, rcu_));
        const filesystem* fs = m->fs_.get();
        m->root_.reset();
        dentry_cache::purge(nullptr, fs);
        delete m;
    });
}

mount* mount_tree::search(const mount* where, const dentry* at) noexcept {
    const mount_table* t = table.load(std::memory_order_acquire);
    for (u32 i = t->count; i-- > 0;)  // the latest first
        if (t->rows[i].at == at && t->rows[i].parent == where)
            return t->rows[i].child;
    return nullptr;
}

mount* mount_tree::root() noexcept {
    return root_mount.load(std::memory_order_acquire);
}

path root_path() noexcept {
    mount* m = mount_tree::root();
    return {refptr<mount>{m}, refptr<dentry>{&m->root()}};
}

static result<void> add_mount(path where, refptr<filesystem> fs, u32 flags,
                              std::string_view source) noexcept {
    string name = TRY(string::copy_of(source.empty() ? fs->type_name() : source));
    refptr<dentry> top = TRY(dentry_cache::make_root(fs->root()));
    mount* parent = where.where.get();
    dentry* at = where.entry.get();
    auto* fresh = new (std::nothrow)
        mount(std::move(fs), std::move(top), std::move(where), flags, std::move(name));
    if (!fresh)
        return errc::out_of_memory;
    sync::lock_guard guard{changing};
    const mount_table* old = table.load(std::memory_order_relaxed);
    const u32 count = old ? old->count : 0;
    mount_table* next = make_table(count + 1);
    if (!next) {
        fresh->drop_ref();
        return errc::out_of_memory;
    }
    for (u32 i = 0; i < count; ++i)
        next->rows[i] = old->rows[i];
    next->rows[count] = {parent, at, fresh};
    publish(next);
    if (at)
        mount_changes::count(*at, 1);
    else
        root_mount.store(fresh, std::memory_order_release);
    return ok;
}

result<void> mount_root(refptr<filesystem> fs, u32 flags) noexcept {
    return add_mount({}, std::move(fs), flags, {});
}

result<void> mount_at(const path& where, refptr<filesystem> fs, u32 flags,
                      std::string_view source) noexcept {
    vnode* at = where.node();
    if (!at)
        return errc::no_entry;
    const refptr<vnode> top = fs->root();
    if (at->is_directory() != top->is_directory())
        return errc::not_directory;
    if (where.entry->deleted())
        return errc::no_entry;
    return add_mount(where, std::move(fs), flags, source);
}

result<void> remount(const path& where, u32 flags) noexcept {
    if (!where || where.entry.get() != &where.where->root())
        return errc::invalid_argument;
    where.where->set_flags(flags);
    return ok;
}

TRACEPOINT(vfs, vfs_unmount, u32 flags);
result<void> unmount(const path& where, u32 flags) noexcept {
    TRACE(vfs_unmount, flags);
    constexpr u32 detach = 2;
    mount* gone = where.where.get();
    if (!gone || where.entry.get() != &gone->root())
        return errc::invalid_argument;
    sync::lock_guard guard{changing};
    const mount_table* old = table.load(std::memory_order_relaxed);
    u32 index = old->count, children = 0;
    for (u32 i = 0; i < old->count; ++i) {
        if (old->rows[i].child == gone)
            index = i;
        children += old->rows[i].parent == gone;
    }
    if (index == old->count || old->rows[index].parent == nullptr)
        return errc::invalid_argument;  // not mounted any more, or the root of the system
    if (children != 0)
        return errc::busy;
    // The table and `where` hold one reference each; the dentry cache holds none.
    if (!(flags & detach) && gone->reference_count() > 2)
        return errc::busy;
    mount_table* next = make_table(old->count - 1);
    if (!next)
        return errc::out_of_memory;
    for (u32 i = 0, to = 0; i < old->count; ++i)
        if (i != index)
            next->rows[to++] = old->rows[i];
    mount_changes::count(*old->rows[index].at, -1);
    publish(next);
    tell_unmounted(gone->fs());
    auto synced = gone->fs().synchronize();
    gone->drop_ref();
    return synced;
}

void for_each_mount(bool (*visit)(mount&, void*), void* context) noexcept {
    for (u32 i = 0;; ++i) {
        refptr<mount> m;
        {
            sync::rcu_read_guard guard;
            const mount_table* t = table.load(std::memory_order_acquire);
            if (!t || i >= t->count)
                return;
            if (t->rows[i].child->try_add_ref())
                m = refptr<mount>::adopt(t->rows[i].child);
        }
        if (m && !visit(*m, context))
            return;
    }
}

TRACEPOINT(vfs, vfs_sync);
void synchronize_all() noexcept {
    TRACE(vfs_sync);
    for_each_mount(
        [](mount& m, void*) {
            if (auto done = m.fs().synchronize(); !done)
                log::warning("sync: {}: {}", m.fs().type_name(), name_of(done.error()));
            return true;
        },
        nullptr);
}

namespace {
constinit std::atomic<filesystem_type*> types{nullptr};
}

void register_filesystem(filesystem_type& type) noexcept {
    type.next = types.load(std::memory_order_relaxed);
    while (!types.compare_exchange_weak(type.next, &type, std::memory_order_release)) {
    }
}

filesystem_type* find_filesystem(std::string_view name) noexcept {
    for (auto* t = types.load(std::memory_order_acquire); t; t = t->next)
        if (t->name == name)
            return t;
    return nullptr;
}

void for_each_filesystem(bool (*visit)(filesystem_type&, void*), void* context) noexcept {
    for (auto* t = types.load(std::memory_order_acquire); t; t = t->next)
        if (!visit(*t, context))
            return;
}

}  // namespace osprey::vfs
