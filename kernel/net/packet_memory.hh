// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::net {

/// Memory of packet objects, all of one size. From the heap; but each CPU keeps as many as a burst
/// needs, since packets come and go by the dozen and the heap keeps only a few objects of their
/// size at hand. Any CPU may give back what another one took.
/// Context: threads. `give_packet_memory` also with preemption off.
/// @return null: out of memory.
[[nodiscard]] void* take_packet_memory(usize bytes) noexcept;
void give_packet_memory(void* memory, usize bytes) noexcept;

}  // namespace osprey::net
