// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/dentry.hh>

namespace osprey::vfs {

/// What is mounted where. A small immutable table that readers search under RCU; mount and unmount
/// replace it. The table owns a reference to each mount.
class mount_tree {
public:
    /// The mount that covers `at` as seen through `where`, uncounted; null if none. Only under RCU.
    static mount* covering(const mount* where, const dentry* at) noexcept {
        if (at->mounted_on_.load(std::memory_order_acquire) == 0) [[likely]]
            return nullptr;
        return search(where, at);
    }
    static bool is_mount_point(const dentry& at) noexcept {
        return at.mounted_on_.load(std::memory_order_acquire) != 0;
    }
    /// The root mount, uncounted. Only under RCU, or once mounted for ever.
    static mount* root() noexcept;

private:
    friend struct mount_changes;
    static mount* search(const mount* where, const dentry* at) noexcept;
};

}  // namespace osprey::vfs
