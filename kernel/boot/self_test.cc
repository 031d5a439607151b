// SPDX-License-Identifier: BSD-3-Clause
#include <boot/self_test.hh>

#include <base/log.hh>
#include <boot/power.hh>
#include <fs/root.hh>
#include <memory/initialize.hh>
#include <sched/self_test.hh>

namespace osprey::boot {

void run_self_test(std::string_view name) noexcept {
    struct {
        std::string_view name;
        bool (*run)() noexcept;
    } constexpr tests[] = {{"sched", sched::self_test}, {"memory", memory::self_test}, {"vfs", fs::self_test}};
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
