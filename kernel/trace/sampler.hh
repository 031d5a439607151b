// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

#include <base/result.hh>
#include <span>
#include <string_view>

/// Looks at what each CPU runs, so many times a second, and sums up the call chains.
namespace osprey::trace {

inline constexpr u32 most_samples = 100'000;  // per second and CPU

/// Starts sampling, with another frequency if it runs already; 0 stops it.
/// Context: threads, may sleep; one caller at a time.
/// @return `errc::invalid_argument` above `most_samples`, `errc::out_of_memory`.
result<void> set_sampler(u32 hertz) noexcept;
u32 sampler_hertz() noexcept;

/// A stack that was found, and how often since the sums began.
struct sampled_stack {
    u64 count;
    u32 process, thread;
    std::string_view name;
    std::span<const u64> kernel, program;  // innermost first
};
/// Context: threads; one caller at a time. False from `visit` stops.
void for_each_stack(bool (*visit)(const sampled_stack& stack, void* context),
                    void* context) noexcept;
void clear_stacks() noexcept;

}  // namespace osprey::trace
