// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/log.hh>
#include <base/types.hh>

/// The reading and the configuring side of the kernel log.
namespace osprey::log {

/// Receives each finished line, its end included, for one log console at a time. Never called by
/// two CPUs at once. Context: any.
using console_sink = void (*)(std::string_view text) noexcept;

/// Makes `sink` the log console; null: none. Lines of the ring that no console has shown yet are
/// shown first. Context: any.
void set_console(console_sink sink) noexcept;

/// Called by a writer that leaves lines unshown because they came while it showed its own: tells a
/// thread to call `show_pending`. Without one the writer stays until all is shown, which is right
/// only while there is one flow of execution. Context of the call: that of any `log::write`.
using console_helper = void (*)() noexcept;
void set_console_helper(console_helper call) noexcept;

/// Shows lines until none is left, or returns at once if somebody else is at it. Context: any, but
/// it goes on for as long as others write: for a thread that has nothing else to do.
void show_pending() noexcept;

/// Whether the console is half a ring behind the writers. Who writes a lot and may sleep waits
/// until this is over, or lines are lost. Never true without a console.
[[nodiscard]] bool console_lags() noexcept;

/// Lines less important than `least` stay in the ring only. Default: notice.
void set_console_level(level least) noexcept;

/// Where the time of a line comes from: ns since boot. Until it is set lines carry zero.
using time_source = u64 (*)() noexcept;
void set_time_source(time_source source) noexcept;

/// One line of the ring.
struct record {
    u64 position = 0;
    u64 next = 0;  // position to read on from
    u64 ns = 0;    // since boot
    u64 number = 0;
    level severity{};
    fixed_text<480> text;
};

/// Position of the oldest line still in the ring, and the position after the newest.
u64 oldest() noexcept;
u64 newest() noexcept;

/// Reads the line at `position`, or the oldest one left if that has been overwritten meanwhile.
/// @return false when there is no finished line at or after `position`. Context: any.
bool read(u64 position, record& out) noexcept;

/// Waits a moment for whoever holds the console to show all lines: before the machine goes off.
void flush_console() noexcept;

/// Takes the console from whoever holds it and shows what is left: for the crash report.
void force_console() noexcept;

}  // namespace osprey::log
