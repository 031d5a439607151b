// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <drivers/console/port_table.hh>
#include <drivers/console/program_port.hh>

namespace osprey::drivers {
namespace {
constinit port_table<program_port, 32> ports;
}  // namespace

void register_program_port(program_port& port) noexcept {
    if (!ports.add(port))
        log::warning("port {} has no place: {} are in use", port.name(), ports.most);
}

void for_each_program_port(bool (*visit)(program_port&, void*), void* context) noexcept {
    (void)ports.find([&](program_port& port) { return !visit(port, context); });
}

bool is_kernel_port(std::string_view name) noexcept {
    return name == "org.osprey.console" || name == "org.osprey.stderr" ||
           name == "org.osprey.control";
}

}  // namespace osprey::drivers
