// SPDX-License-Identifier: BSD-3-Clause
#include <boot/self_test.hh>

#include <base/log.hh>
#include <boot/boot_info.hh>
#include <boot/network.hh>
#include <boot/power.hh>
#include <drivers/start.hh>
#include <fs/erofs/self_test.hh>
#include <fs/root.hh>
#include <memory/initialize.hh>
#include <net/self_test.hh>
#include <net/start.hh>
#include <sched/self_test.hh>

namespace osprey::boot {

void run_self_test(std::string_view name) noexcept {
    struct {
        std::string_view name;
        bool (*run)();
    } constexpr tests[] = {{"sched", sched::self_test},
                           {"memory", memory::self_test},
                           {"vfs", fs::self_test},
                           {"disk",
                            [] {
                                drivers::start_devices(info().command_line);
                                return fs::erofs::self_test();
                            }},
                           {"network",
                            [] {
                                if (!net::start())
                                    return false;
                                drivers::start_devices(info().command_line);
                                if (auto line = parse_command_line(info().command_line))
                                    configure_network(*line);
                                return net::self_test();
                            }},
                           {"network_cost", [] {
                                return net::start() && net::cost_test();
                            }}};
    for (const auto& test : tests)
        if (test.name == name) {
            const bool held = test.run();
            log::notice("selftest: {} {}", name, held ? "passed" : "FAILED");
            exit_with(held ? 0 : 1);
        }
    log::error("selftest: there is no test '{}'", name);
    exit_with(1);
}

}  // namespace osprey::boot
