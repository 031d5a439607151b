// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <vfs/vnode.hh>

namespace osprey::vfs {

/// What chmod(2) and chown(2) change, for nodes that keep nothing else of their attributes.
/// Context: any.
class ownership {
public:
    ownership(u32 permissions, u32 uid, u32 gid) noexcept
        : permissions_{permissions}, uid_{uid}, gid_{gid} {}

    void show(attributes& facts) const noexcept {
        facts.permissions = permissions_.load();
        facts.uid = uid_.load();
        facts.gid = gid_.load();
    }
    void change(const attribute_change& to) noexcept {
        if (to.which & attribute_change::permissions)
            permissions_ = to.values.permissions;
        if (to.which & attribute_change::uid)
            uid_ = to.values.uid;
        if (to.which & attribute_change::gid)
            gid_ = to.values.gid;
    }

private:
    std::atomic<u32> permissions_, uid_, gid_;
};

}  // namespace osprey::vfs
