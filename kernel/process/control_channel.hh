// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <string_view>

namespace osprey::proc {

/// The line to the host tool: one JSON object per line in both directions, over the virtio-serial
/// port `org.osprey.control` (docs/boot.md). Without that port everything here does nothing.
/// Context of all functions: threads, may sleep.

/// What the host asks for. Called in the channel's own thread.
struct control_commands {
    void (*end_of_input)(u64 bytes) noexcept;  // after so many bytes in all on the console
    void (*send_signal)(i32 number) noexcept;
    void (*window_size)(u16 rows, u16 columns) noexcept;
    void (*start_agent)() noexcept;
    /// Decoded system calls in the log: of process `pid`, 0: of all; or of none any more.
    void (*trace_calls)(i32 pid) noexcept;
    void (*end_tracing)() noexcept;
};

/// Finds the port and begins to listen. @return whether there is a channel.
bool open_control_channel(const control_commands& commands) noexcept;

[[nodiscard]] bool has_control_channel() noexcept;
void tell_booted(u64 microseconds, u32 cpus, u64 memory_bytes) noexcept;
/// An interface has an address. Texts are as inet_ntop(3) writes them.
struct network_address {
    std::string_view interface, address;
    u32 prefix;
    std::string_view gateway;       // empty: none
    std::string_view name_servers;  // quoted and separated by commas, as in a JSON list
};
void tell_network(const network_address& a) noexcept;
void tell_exit_code(i32 code) noexcept;
void tell_exit_signal(i32 number) noexcept;
void tell_error(std::string_view message) noexcept;
/// The agent that the host asked for cannot run, and why.
void tell_no_agent(std::string_view why) noexcept;
void tell_agent_ended() noexcept;
/// An error that the image is to blame for: another copy of it would cure it.
void tell_damaged_image(std::string_view message) noexcept;

}  // namespace osprey::proc
