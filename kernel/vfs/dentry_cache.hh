// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/dentry.hh>

namespace osprey::vfs {

/// Hash of one component of a path.
constexpr u32 hash_name(std::string_view name) noexcept {
    u32 h = 2166136261u;  // FNV-1a
    for (char c : name)
        h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
    return h;
}

/// All cached names of the system: one hash table, read under RCU.
///
/// Writers hold the `tree_mutex` of the directory concerned and, for the moment of the change, one
/// of the table's striped locks. `generation` is odd while an entry changes its name or directory
/// (rename) or the table grows: a reader that saw it change cannot trust what it found, nor that it
/// found nothing. Memory is bounded: above `limit` names, insertions evict names that nobody uses
/// and nobody looked up lately (second chance), negative ones included.
class dentry_cache {
public:
    /// The entry for `name` in `directory`, uncounted; null if unknown. Only under RCU.
    static dentry* find(const dentry& directory, std::string_view name, u32 hash) noexcept;
    /// The same, counted and repeated until no rename interfered. Context: threads.
    static refptr<dentry> find_counted(const dentry& directory, std::string_view name) noexcept;
    static u32 generation() noexcept;
    /// How many names may be cached before insertions evict.
    static void set_limit(usize names) noexcept;

    /// Root of a filesystem: no name, no directory.
    static result<refptr<dentry>> make_root(refptr<vnode> node) noexcept;
    /// A name that can not be found by others (procfs), or will be by `insert`.
    static result<refptr<dentry>> make(dentry& directory, std::string_view name,
                                       refptr<vnode> node) noexcept;
    /// The place of a file that never had a name (O_TMPFILE).
    static result<refptr<dentry>> make_deleted(dentry& directory, std::string_view name,
                                               refptr<vnode> node) noexcept;
    /// The place of an object that has none, such as a pipe: what /proc/self/fd/1 leads to.
    static result<refptr<dentry>> make_nameless(refptr<vnode> node) noexcept;
    /// Makes it known. Context: `tree_mutex` of the directory held, no entry of that name.
    static void insert(dentry& entry) noexcept;
    /// A negative entry becomes positive: the file was just created. `tree_mutex` held.
    static void set_node(dentry& entry, refptr<vnode> node) noexcept;
    /// Its name is gone (unlink, rmdir, replaced by rename). `tree_mutex` held.
    static void remove(dentry& entry) noexcept;
    /// Has the object of a removed name no other name? Context: threads, may sleep.
    static bool was_last_name(vnode& node) noexcept;
    /// Forgets a name that still exists; it will be looked up again.
    static void forget(dentry& entry) noexcept;
    /// rename(2): `entry` is now `name` in `directory`. Both `tree_mutex`es held.
    static result<void> move(dentry& entry, dentry& directory, std::string_view name) noexcept;
    /// RENAME_EXCHANGE.
    static void exchange(dentry& a, dentry& b) noexcept;

    /// Drops unused names: at most `count`. @return how many. For memory pressure.
    static usize reclaim(usize count) noexcept;
    /// Drops the unused names below `directory` (null: all of filesystem `fs`).
    static void purge(const dentry* directory, const filesystem* fs) noexcept;
    /// Numbers for /proc/sys/fs/dentry-state.
    struct statistics {
        usize names, negative, buckets;
    };
    static statistics get_statistics() noexcept;

private:
    struct table;
    struct state;
    static state state_;
    static dentry::label* make_label(std::string_view name) noexcept;
    static void link(dentry& entry) noexcept;
    static bool unlink(dentry& entry) noexcept;
    static void grow() noexcept;
    static result<refptr<dentry>> allocate_entry(dentry* directory, std::string_view name,
                                                 refptr<vnode> node) noexcept;
    static void unchain(std::atomic<dentry*>& bucket, dentry& entry) noexcept;
    static void uncount(dentry& entry) noexcept;
    template <typename Wanted>
    static dentry* collect(u32 index, Wanted&& wanted) noexcept;
    static usize dispose(dentry* victims) noexcept;
    static void free_dentry(sync::rcu_head* head) noexcept;
    static void free_label(sync::rcu_head* head) noexcept;
    friend class dentry;
};

}  // namespace osprey::vfs
