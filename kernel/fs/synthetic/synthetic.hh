// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/string.hh>
#include <base/vector.hh>
#include <vfs/file.hh>
#include <vfs/vnode.hh>

namespace osprey::fs {

/// A filesystem whose files are made up when they are read: procfs, sysfs. Directories are filled
/// at boot, or derive from vnode and make up their entries too.
class synthetic_filesystem final : public vfs::filesystem {
public:
    /// `type` must outlive the filesystem; `magic` is what statfs(2) tells.
    static result<refptr<synthetic_filesystem>> create(std::string_view type, u64 magic) noexcept;

    [[nodiscard]] std::string_view type_name() const noexcept override { return type_; }
    [[nodiscard]] refptr<vfs::vnode> root() noexcept override;
    result<vfs::filesystem_statistics> get_statistics() noexcept override;
    [[nodiscard]] u64 next_inode() noexcept { return inodes_.fetch_add(1); }
    [[nodiscard]] class synthetic_directory& top() noexcept { return *root_; }

private:
    friend result<refptr<synthetic_filesystem>> make_ref<synthetic_filesystem>(std::string_view&,
                                                                               u64&) noexcept;
    synthetic_filesystem(std::string_view type, u64 magic) noexcept : type_{type}, magic_{magic} {}
    std::string_view type_;
    u64 magic_;
    std::atomic<u64> inodes_{1};
    refptr<class synthetic_directory> root_;
};

/// Base of all synthetic vnodes: attributes without content.
class synthetic_node : public vfs::vnode {
public:
    synthetic_node(synthetic_filesystem& fs, vfs::node_type type, u32 permissions) noexcept
        : vnode{fs, type, fs.next_inode()}, permissions_{permissions} {}
    result<vfs::attributes> get_attributes() noexcept override;
    /// Stamps and modes are accepted and kept; sizes (O_TRUNC) mean nothing here.
    result<void> set_attributes(const vfs::attribute_change& change) noexcept override;

protected:
    [[nodiscard]] synthetic_filesystem& fs() const noexcept {
        return static_cast<synthetic_filesystem&>(owner());
    }
    std::atomic<u32> permissions_;
};

/// A text file. Each open file makes the text at its first read and whenever it is read from the
/// start again, so one reader sees one consistent text (proc(5)).
class text_node : public synthetic_node {
public:
    text_node(synthetic_filesystem& fs, u32 permissions) noexcept
        : synthetic_node{fs, vfs::node_type::regular, permissions},
          takes_writes_{(permissions & 0222) != 0} {}
    /// Opening it for writing fails with EACCES, for root too, unless it takes writes: sysfs,
    /// /proc/sys. Before it can be found.
    void refuse_writers() noexcept { refuses_writers_ = !takes_writes_; }
    result<refptr<vfs::file>> open(u32 flags) noexcept override;
    /// Appends the file's text to `out`. Context: threads, may sleep.
    virtual result<void> show(string& out) noexcept = 0;
    /// What is written to the file, whole. @return the error of write(2).
    virtual result<void> store(std::string_view text) noexcept;

private:
    const bool takes_writes_;
    bool refuses_writers_ = false;
};

/// A text file made of plain functions.
struct text_functions {
    result<void> (*show)(string& out) noexcept = nullptr;
    result<void> (*store)(std::string_view text) noexcept = nullptr;
};

/// A directory whose entries are added by the kernel, at boot or when devices come.
class synthetic_directory final : public synthetic_node {
public:
    explicit synthetic_directory(synthetic_filesystem& fs) noexcept
        : synthetic_node{fs, vfs::node_type::directory, 0555} {}

    /// Adds an entry; `name` is copied. Context: threads. @return `errc::exists`.
    result<void> add(std::string_view name, refptr<vfs::vnode> node) noexcept;
    /// The subdirectory `name`, made if it is not there.
    result<refptr<synthetic_directory>> directory(std::string_view name) noexcept;
    result<void> file(std::string_view name, text_functions functions) noexcept;
    /// A file whose text never changes; a newline is added.
    result<void> constant(std::string_view name, std::string_view text) noexcept;
    result<void> link(std::string_view name, std::string_view target) noexcept;
    /// Entries that are made up for this directory besides the added ones (/proc/PID).
    struct dynamic_entries {
        virtual result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept = 0;
        /// Entries with cookies from `first` on; cookies are the caller's own, below 2^62.
        virtual result<void> list(u64 first, vfs::directory_sink& sink) noexcept = 0;

    protected:
        ~dynamic_entries() = default;
    };
    /// Files that this directory and those below make from now on `refuse_writers`.
    void refuse_writers() noexcept { strict_ = true; }
    /// All entries are there: the name cache may keep them, so that something can be mounted below.
    void complete() noexcept { complete_ = true; }
    void set_dynamic(dynamic_entries& entries) noexcept { dynamic_ = &entries; }

    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override;
    result<void> read_directory(u64 cookie, vfs::directory_sink& sink) noexcept override;
    [[nodiscard]] bool cacheable() const noexcept override { return complete_; }

private:
    struct entry {
        string name;
        refptr<vfs::vnode> node;
    };
    sync::mutex mutex_{sync::lock_rank::vnode};
    result<void> add_text(std::string_view name, refptr<text_node> node) noexcept;
    vector<entry> entries_;  // guarded by mutex_
    bool strict_ = false;
    bool complete_ = false;
    dynamic_entries* dynamic_ = nullptr;
};

/// A symbolic link whose target is made up when it is read.
class link_node : public synthetic_node {
public:
    explicit link_node(synthetic_filesystem& fs) noexcept
        : synthetic_node{fs, vfs::node_type::symlink, 0777} {}
    virtual result<string> target() noexcept = 0;
    result<usize> read_link(char* to, usize room) noexcept override;
};

}  // namespace osprey::fs
