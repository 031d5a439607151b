// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <drivers/console/character_port.hh>
#include <drivers/console/port_table.hh>

namespace osprey::drivers {
namespace {
constinit port_table<character_port, 64> ports;
}  // namespace

void register_character_port(character_port& port) noexcept {
    if (!ports.add(port))
        log::warning("character port {} has no place: {} are in use", port.name(), ports.most);
}

character_port* find_character_port(std::string_view name) noexcept {
    return ports.find([&](const character_port& port) { return port.name() == name; });
}

character_port* find_console_port() noexcept {
    for (const std::string_view name : {"org.osprey.console", "hvc0", "ttyS0"})
        if (character_port* port = find_character_port(name))
            return port;
    return nullptr;
}

}  // namespace osprey::drivers
