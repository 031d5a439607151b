// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/synthetic/synthetic.hh>

namespace osprey::fs {

/// The one tracefs, with Linux's files; see docs/tracing.md. Made at its first use.
result<refptr<synthetic_filesystem>> trace_filesystem() noexcept;

/// Before the first program: what the kernel's command line asks for. `patterns` as words of
/// set_event, separated by commas. Context: threads. @return `errc::invalid_argument` if a pattern
/// names no event, or the frequency is too high.
result<void> start_tracing(std::string_view patterns) noexcept;
result<void> start_sampling(std::string_view hertz) noexcept;
void record_backtraces() noexcept;

}  // namespace osprey::fs
