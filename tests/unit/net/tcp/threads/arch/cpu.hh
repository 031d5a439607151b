// SPDX-License-Identifier: BSD-3-Clause
// Each host thread is a CPU of its own, with a number: what is kept for each CPU is not shared.
#pragma once

#include <atomic>

#include "../../../../support/arch/cpu.hh"

namespace osprey::arch {

inline constexpr u32 most_host_cpus = 64;
inline std::atomic<u32> host_cpus{0};
inline thread_local const u32 host_cpu_id = host_cpus.fetch_add(1) % most_host_cpus;

inline u32 cpu_id() noexcept {
    return host_cpu_id;
}
inline u32 cpu_count() noexcept {
    return most_host_cpus;
}

}  // namespace osprey::arch
