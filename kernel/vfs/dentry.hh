// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <base/refptr.hh>
#include <base/string.hh>
#include <sync/rcu.hh>
#include <vfs/vnode.hh>

namespace osprey::vfs {

class mount;

/// A name in a directory, cached: positive (leads to a vnode) or negative (known not to exist).
///
/// Look-ups walk a hash table under RCU; changes hold the directory's `tree_mutex`. The cache owns
/// one reference to each dentry that it can find, so a dentry that nobody uses has a count of one.
/// A negative dentry may become positive; a positive one keeps its vnode for life, also after its
/// name is gone, so `path::node` never changes under its holder.
class dentry final : public ref_counted<dentry> {
public:
    /// The present name. Stable while the parent's `tree_mutex` is held or under RCU.
    [[nodiscard]] std::string_view name() const noexcept {
        const label* l = label_.load(std::memory_order_acquire);
        return {l->text, l->size};
    }
    /// The directory it is in; null for the root of a filesystem. Not counted: stable under RCU,
    /// and the reference that the dentry holds keeps it alive while no rename happens.
    [[nodiscard]] dentry* parent() const noexcept {
        return parent_.load(std::memory_order_acquire);
    }
    [[nodiscard]] vnode* node() const noexcept { return node_.load(std::memory_order_acquire); }
    [[nodiscard]] bool negative() const noexcept { return node() == nullptr; }
    /// What it leads to, without a look at the vnode (whose memory RCU does not protect).
    enum class kind : u8 { negative, other, directory, symlink };
    [[nodiscard]] kind what() const noexcept { return kind_.load(std::memory_order_acquire); }
    /// Can it be found? False once its name is removed, and for names that are not cached.
    [[nodiscard]] bool hashed() const noexcept { return hashed_.load(std::memory_order_acquire); }
    /// Its name was removed while it was in use.
    [[nodiscard]] bool deleted() const noexcept { return deleted_.load(std::memory_order_acquire); }

private:
    friend class ref_counted<dentry>;
    friend class dentry_cache;
    friend class mount_tree;
    friend struct mount_changes;

    struct label {
        sync::rcu_head rcu;
        u32 size;
        u32 hash;  // of the name alone
        char text[];
    };

    dentry() noexcept = default;
    ~dentry() = default;
    void last_reference_gone() noexcept;

    std::atomic<const label*> label_{nullptr};
    std::atomic<dentry*> parent_{nullptr};  // counted
    std::atomic<dentry*> hash_next_{nullptr};
    std::atomic<vnode*> node_{nullptr};  // counted
    std::atomic<kind> kind_{kind::negative};
    std::atomic<bool> hashed_{false};
    std::atomic<bool> deleted_{false};
    std::atomic<bool> recently_used_{false};
    std::atomic<u32> mounted_on_{0};  // how many mounts hang here
    std::atomic<u32> children_{0};    // how many cached names lead here as their directory
    u32 bytes_ = 0;                   // of this allocation
    sync::rcu_head rcu_;
};

/// A place in the tree of mounts: what a path resolves to.
struct path {
    refptr<mount> where;
    refptr<dentry> entry;

    [[nodiscard]] vnode* node() const noexcept { return entry ? entry->node() : nullptr; }
    explicit operator bool() const noexcept { return static_cast<bool>(entry); }
    /// Not so for what /proc/self/fd/1 of a pipe leads to (dentry_cache::make_nameless).
    [[nodiscard]] bool has_name() const noexcept { return entry->parent() || !entry->deleted(); }
    friend bool operator==(const path&, const path&) noexcept = default;
};

/// MS_* flags of mount(2) that a mount keeps.
enum mount_flag : u32 {
    mount_read_only = 1,
    mount_no_suid = 2,
    mount_no_devices = 4,
    mount_no_exec = 8,
    mount_synchronous = 16,
    mount_no_atime = 1024,
    mount_no_directory_atime = 2048,
    mount_relative_atime = 1 << 21,
};

/// One filesystem hung into the tree. mount(2), /proc/PID/mountinfo.
class mount final : public ref_counted<mount> {
public:
    mount(refptr<filesystem> fs, refptr<dentry> root, path at, u32 flags, string source) noexcept;
    ~mount();
    [[nodiscard]] filesystem& fs() const noexcept { return *fs_; }
    [[nodiscard]] dentry& root() const noexcept { return *root_; }
    [[nodiscard]] const path& mounted_at() const noexcept { return at_; }
    [[nodiscard]] u32 flags() const noexcept { return flags_.load(std::memory_order_relaxed); }
    void set_flags(u32 flags) noexcept { flags_.store(flags, std::memory_order_relaxed); }
    [[nodiscard]] u32 id() const noexcept { return id_; }
    /// What mount(2) was told to mount.
    [[nodiscard]] std::string_view source() const noexcept { return source_; }

private:
    friend class ref_counted<mount>;
    void last_reference_gone() noexcept;
    refptr<filesystem> fs_;
    refptr<dentry> root_;
    path at_;
    std::atomic<u32> flags_;
    string source_;
    u32 id_;
    sync::rcu_head rcu_;
};

}  // namespace osprey::vfs
