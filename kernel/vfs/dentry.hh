// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <base/refptr.hh>
#include <sync/rcu.hh>
#include <vfs/vnode.hh>

namespace osprey::vfs {

class mount;

/// A name in a directory, cached: positive (leads to a vnode) or negative (known not to exist).
/// Look-ups walk a hash table under RCU; changes hold the directory's `tree_mutex`.
class dentry final : public ref_counted<dentry> {
public:
    [[nodiscard]] std::string_view name() const noexcept { return {name_, name_size_}; }
    [[nodiscard]] dentry* parent() const noexcept { return parent_.get(); }
    [[nodiscard]] vnode* node() const noexcept { return node_.read(); }
    [[nodiscard]] bool negative() const noexcept { return node() == nullptr; }

private:
    friend class ref_counted<dentry>;
    friend class dentry_cache;
    dentry() noexcept = default;
    ~dentry();
    void last_reference_gone() noexcept;

    refptr<dentry> parent_;
    sync::rcu_pointer<vnode> node_;
    const char* name_ = nullptr;
    u32 name_size_ = 0;
    u32 hash_ = 0;
    dentry* hash_next_ = nullptr;
    std::atomic<u32> mounted_on_{0};
    list_hook unused_link_;
    sync::rcu_head rcu_;
};

/// A place in the tree of mounts: what a path resolves to.
struct path {
    refptr<mount> where;
    refptr<dentry> entry;

    [[nodiscard]] vnode* node() const noexcept { return entry ? entry->node() : nullptr; }
    explicit operator bool() const noexcept { return static_cast<bool>(entry); }
};

/// One filesystem hung into the tree. mount(2), /proc/PID/mountinfo.
class mount final : public ref_counted<mount> {
public:
    mount(refptr<filesystem> fs, refptr<dentry> root, path at, u32 flags) noexcept;
    ~mount();
    [[nodiscard]] filesystem& fs() const noexcept { return *fs_; }
    [[nodiscard]] dentry& root() const noexcept { return *root_; }
    [[nodiscard]] const path& mounted_at() const noexcept { return at_; }
    [[nodiscard]] u32 flags() const noexcept { return flags_; }  // MS_* as mount(2)
    [[nodiscard]] u32 id() const noexcept { return id_; }
    list_hook link;

private:
    refptr<filesystem> fs_;
    refptr<dentry> root_;
    path at_;
    u32 flags_;
    u32 id_;
};

}  // namespace osprey::vfs
