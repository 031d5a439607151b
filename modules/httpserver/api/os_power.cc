// SPDX-License-Identifier: BSD-3-Clause
#include "os_power.hh"

#include <linux/capability.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <base/error.hh>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

namespace osprey::rest {

namespace {

/// Asks before, since the answer is sent before the deed.
void require_right_to_reboot() {
    __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> sets{};
    if (::syscall(SYS_capget, &head, sets.data()) == 0 &&
        (sets[0].effective & (1U << CAP_SYS_BOOT)) == 0) {
        throw system_error("Cannot switch the machine off", EPERM);
    }
}

reply reboot_soon(int command) {
    require_right_to_reboot();
    std::thread{[command] {
        std::this_thread::sleep_for(std::chrono::milliseconds{200});  // for the answer to leave
        ::sync();
        ::reboot(command);
    }}.detach();
    return nothing();
}

}  // namespace

reply power_off(call&) {
    return reboot_soon(RB_POWER_OFF);
}

reply restart(call&) {
    return reboot_soon(RB_AUTOBOOT);
}

}  // namespace osprey::rest
