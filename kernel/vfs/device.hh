// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <vfs/file.hh>

namespace osprey::vfs {

/// A device number in 32 bits, as the Linux ABI has it in a few places.
constexpr u32 encode(device_number n) noexcept {
    return n.major << 8 | (n.minor & 0xff) | (n.minor & ~0xffu) << 12;
}

/// A kind of character or block device: opens files for its device nodes.
///
/// Drivers and filesystems declare one statically and register it; nodes in any filesystem with a
/// number in [major:first_minor, +minors) then lead to it.
struct device_class {
    std::string_view name;  // as /proc/devices shows it
    node_type type;         // character_device or block_device
    u32 major;
    u32 first_minor = 0;
    u32 minors = 1;
    /// Context: threads. `node` is the device node that was opened.
    result<refptr<file>> (*open)(refptr<vnode> node, device_number number, u32 flags) noexcept;
    device_class* next = nullptr;
};

/// Context: threads; not undone.
void register_device(device_class& c) noexcept;
/// @return `errc::no_device_or_address` for unknown numbers.
result<refptr<file>> open_device(vnode& node, node_type type, device_number number,
                                 u32 flags) noexcept;
void for_each_device(bool (*visit)(device_class&, void*), void* context) noexcept;

/// Opens FIFOs; set by fs/pipe.
using fifo_opener = result<refptr<file>> (*)(vnode& node, u32 flags) noexcept;
void set_fifo_opener(fifo_opener opener) noexcept;

}  // namespace osprey::vfs
