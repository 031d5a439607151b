// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <vfs/file.hh>

namespace osprey::vfs {

/// The open descriptors of a process; shared by its threads (and by CLONE_FILES). Looking one up
/// takes no lock: the slots are read under RCU.
class descriptor_table final : public ref_counted<descriptor_table> {
public:
    static result<refptr<descriptor_table>> create() noexcept;
    ~descriptor_table();
    /// A table with the same open files (fork, CLONE_FILES not given). Close-on-exec is kept.
    result<refptr<descriptor_table>> copy() noexcept;

    /// @return `errc::bad_descriptor`.
    result<refptr<file>> get(int fd) noexcept;
    /// Lowest free number not below `lowest`. @return `errc::too_many_files` at `limit`.
    result<int> install(refptr<file> f, bool close_on_exec, int lowest, u32 limit) noexcept;
    /// dup2/dup3: replaces what `fd` was.
    result<void> install_at(int fd, refptr<file> f, bool close_on_exec, u32 limit) noexcept;
    result<void> close(int fd) noexcept;
    /// close_range(2); `only_mark`: set close-on-exec instead.
    void close_range(u32 first, u32 last, bool only_mark) noexcept;
    void close_on_exec_now() noexcept;
    result<bool> close_on_exec(int fd) noexcept;
    result<void> set_close_on_exec(int fd, bool on) noexcept;
    /// The next open descriptor from `from` on; -1 if none. For /proc/PID/fd.
    int next_open(int from) noexcept;
    [[nodiscard]] usize open_count() noexcept;

    struct slots;

private:
    descriptor_table() noexcept = default;
    friend class ref_counted<descriptor_table>;
    void drop(file* f) noexcept;
    result<void> grow(u32 wanted) noexcept;
    static file* take_out(slots& s, u32 fd) noexcept;
    sync::mutex mutex_{sync::lock_rank::descriptor};
    std::atomic<slots*> slots_{nullptr};
};

}  // namespace osprey::vfs
