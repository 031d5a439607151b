// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/string.hh>
#include <drivers/block/block_device.hh>
#include <drivers/console/program_port.hh>
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

/// What a port to the host is called and numbered as a device.
struct port_names {
    string node;  // "vport0p4"
    vfs::device_number number;
};
result<port_names> names_of(const drivers::program_port& port) noexcept;

// Parts of the two functions above (port_nodes.cc)
class ram_node;
void register_port_nodes() noexcept;
void add_port_nodes(ram_node& top) noexcept;

}  // namespace osprey::fs
