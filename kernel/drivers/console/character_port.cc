// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <base/log.hh>
#include <drivers/console/character_port.hh>

namespace osprey::drivers {
namespace {
// Ports are few, come at boot or when the host adds one, and never go away: a slot is written once.
constexpr usize most_ports = 64;
constinit std::atomic<character_port*> ports[most_ports];
constinit std::atomic<usize> count{0};
}  // namespace

void register_character_port(character_port& port) noexcept {
    const usize slot = count.fetch_add(1, std::memory_order_relaxed);
    if (slot >= most_ports) {
        log::warning("character port {} has no place: {} are in use", port.name(), most_ports);
        return;
    }
    ports[slot].store(&port, std::memory_order_release);
}

character_port* find_character_port(std::string_view name) noexcept {
    for (auto& slot : ports) {
        character_port* port = slot.load(std::memory_order_acquire);
        if (port && port->name() == name)
            return port;
    }
    return nullptr;
}

character_port* find_console_port() noexcept {
    for (const std::string_view name : {"org.osprey.console", "hvc0", "ttyS0"})
        if (character_port* port = find_character_port(name))
            return port;
    return nullptr;
}

}  // namespace osprey::drivers
