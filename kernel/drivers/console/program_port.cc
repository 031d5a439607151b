// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <base/log.hh>
#include <drivers/console/program_port.hh>

namespace osprey::drivers {
namespace {
// As the table of character ports: a slot is written once.
constexpr usize most_ports = 32;
constinit std::atomic<program_port*> ports[most_ports];
constinit std::atomic<usize> count{0};
}  // namespace

void register_program_port(program_port& port) noexcept {
    const usize slot = count.fetch_add(1, std::memory_order_relaxed);
    if (slot >= most_ports) {
        log::warning("port {} has no place: {} are in use", port.name(), most_ports);
        return;
    }
    ports[slot].store(&port, std::memory_order_release);
}

void for_each_program_port(bool (*visit)(program_port&, void*), void* context) noexcept {
    for (auto& slot : ports)
        if (program_port* port = slot.load(std::memory_order_acquire))
            if (!visit(*port, context))
                return;
}

bool is_kernel_port(std::string_view name) noexcept {
    return name == "org.osprey.console" || name == "org.osprey.stderr" ||
           name == "org.osprey.control";
}

}  // namespace osprey::drivers
