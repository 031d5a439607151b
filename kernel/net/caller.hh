// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <span>
#include <vfs/lookup.hh>

/// What sockets want to know about the process that calls them. Declared here, defined by linux/,
/// which knows processes. Context: inside a system call.
namespace osprey::net {

/// struct ucred (unix(7)).
struct credentials {
    i32 pid = 0;
    u32 uid = ~u32{0}, gid = ~u32{0};
    bool operator==(const credentials&) const = default;
};
credentials caller_credentials() noexcept;
/// SO_PEERGROUPS: fills in as many supplementary groups as fit; @return how many there are.
usize caller_groups(std::span<u32> to) noexcept;
/// Where relative names of AF_UNIX sockets start.
vfs::directory_context& caller_directories() noexcept;
/// Is there a process with this number (SCM_CREDENTIALS)?
bool process_exists(i32 pid) noexcept;

}  // namespace osprey::net
