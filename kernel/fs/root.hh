// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/vnode.hh>

namespace osprey::fs {

/// Registers the filesystem types, device classes and FIFOs. Once, before anything is mounted.
void register_filesystems() noexcept;

/// Builds the tree that programs see: `lower` (the read-only image) under a RAM layer as root; the
/// mounts /dev, /dev/shm, /dev/pts, /proc, /sys, /tmp where the image has (or can be given) the
/// directory. Context: threads, once. @return an error only when there is no root; a mount that
/// fails is logged.
result<void> mount_root_tree(refptr<vfs::filesystem> lower) noexcept;

/// `--selftest=vfs`: names, files, overlay, pipes and epoll in the running kernel.
/// @return whether everything held. Context: thread, nothing mounted yet.
bool self_test() noexcept;

}  // namespace osprey::fs
