// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/block/block_device.hh>
#include <vfs/vnode.hh>

namespace osprey::fs {

/// Registers the device classes that need no hardware: null, zero, full, random, urandom, kmsg, and
/// the disks that drivers registered. Once, at boot.
void register_devices() noexcept;

/// A RAM filesystem filled with the device nodes and links of Linux's devtmpfs. Disks that are
/// registered by now get a node each.
result<refptr<vfs::filesystem>> make_device_filesystem() noexcept;

/// The number Linux would give the disk (virtio disks: major 254).
vfs::device_number number_of_disk(drivers::block_device& disk) noexcept;

}  // namespace osprey::fs
