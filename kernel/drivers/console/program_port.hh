// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/console/character_port.hh>

namespace osprey::drivers {

/// A port to the host that is for programs: Linux's /dev/vport0p4. It is not open before a program
/// opens it, takes no memory until then, and the host can come and go.
class program_port : public character_port {
public:
    /// The P and the N of /dev/vportPpN: the device, and the port of it.
    [[nodiscard]] virtual u32 device_index() const noexcept = 0;
    [[nodiscard]] virtual u32 port_number() const noexcept = 0;
    /// Tells the host that somebody listens. @return `errc::busy` if somebody does already,
    /// `errc::out_of_memory`. Context: threads, may sleep.
    virtual result<void> connect() noexcept = 0;
    /// Tells the host that nobody listens any more. What came and was not read is lost.
    virtual void disconnect() noexcept = 0;
    /// Is somebody at the other end? `input_arrived` is woken when that changes.
    [[nodiscard]] virtual bool host_connected() const noexcept = 0;
};

void register_program_port(program_port& port) noexcept;
/// Visits in the order in which they came; false stops. Context: threads.
void for_each_program_port(bool (*visit)(program_port&, void*), void* context) noexcept;
/// Whether the kernel uses the port of this name itself, so that it is none for programs.
[[nodiscard]] bool is_kernel_port(std::string_view name) noexcept;

}  // namespace osprey::drivers
