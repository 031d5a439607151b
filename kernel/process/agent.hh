// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <base/vector.hh>
#include <string_view>
#include <vfs/dentry.hh>

namespace osprey::proc {

/// The guest's agent (/usr/lib/osprey/agent, docs/agent.md): a program that the host tool has
/// started when it wants to look into the guest. It is no child of the application, has none of its
/// streams, and the machine ends without waiting for it.
/// Context of all functions: threads, may sleep.

/// How it starts: with the environment and in the folder of the application. Both stay for ever.
/// Called once the first program has its process, so that the agent never gets its number.
void allow_agent(const vector<std::string_view>& environment, const vfs::path& folder) noexcept;

/// The host wants the agent: starts it, now or when that is allowed, unless it runs. The host is
/// told when it cannot start and when it has ended.
void want_agent() noexcept;

/// The number of its process; 0: it does not run.
[[nodiscard]] i32 agent_pid() noexcept;

}  // namespace osprey::proc
