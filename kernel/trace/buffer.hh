// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <base/result.hh>
#include <span>
#include <trace/ring.hh>

/// The rings of all CPUs. Whoever changes or reads them takes turns (fs/trace has the mutex);
/// writers need none.
namespace osprey::trace {

inline constexpr u32 usual_buffer_kb = 1408;  // Linux's

/// Makes the rings if there are none. Context: threads, may sleep. @return `errc::out_of_memory`.
result<void> prepare_buffers() noexcept;
/// @return `errc::invalid_argument` for less than two pages or more than a quarter of 4 GB.
result<void> resize_buffers(u32 kilobytes) noexcept;
u32 buffer_kb() noexcept;
/// Null while nothing has been traced.
ring* ring_of(u32 cpu) noexcept;
/// Where readers that consume stand.
ring_position& consumer_of(u32 cpu) noexcept;
/// Throws away what the rings hold.
void clear_buffers() noexcept;

bool recording() noexcept;
void set_recording(bool on) noexcept;

/// What to record with every event; see trace_options of tracefs.
enum class option : u8 { stacktrace, userstacktrace, overwrite };
bool option_set(option which) noexcept;
void set_option(option which, bool on) noexcept;

/// Name of the thread that had this number when it last wrote a record; empty if not known.
/// Calls `visit` with each that is known.
bool thread_name(i32 thread, char (&name)[16]) noexcept;
void for_each_known_thread(void (*visit)(i32 thread, const char* name, void* to),
                           void* to) noexcept;

/// Does what an event's mode asks for; its fields have these kinds, `words` are as for a
/// tracepoint. Context: any.
struct origin {
    u64 instruction, frame_pointer;  // where the call chain begins
};
void fire(u32 event, u64 kinds, const u64* words, const origin& from) noexcept;
/// Only writes the record, whatever the mode. Context: any; interrupts off.
void write_event(u32 event, u64 kinds, const u64* words) noexcept;
/// A line of text, as written to trace_marker. Context: threads.
void write_marker(std::string_view text) noexcept;
/// Call chains of their own (the sampler's). Context: any; interrupts off.
void write_kernel_chain(std::span<const u64> callers) noexcept;
void write_user_chain(u32 process, std::span<const u64> callers) noexcept;

}  // namespace osprey::trace
