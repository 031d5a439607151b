// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace osprey::cli::qemu {

/// How QEMU runs the guest's instructions.
struct accelerator {
    std::string argument;  ///< of -accel
    std::string name;      ///< "kvm", "tcg", …
    std::string reason;    ///< one phrase for --verbose
};

/// `auto`: KVM only when the CPU shows vmx or svm and /dev/kvm is KVM's; a /dev/kvm without them
/// emulates ring 0 and is slower than QEMU's translator, and cannot run SSE there.
/// `kvm`, `tcg`: that one. Anything else goes to QEMU as it is.
[[nodiscard]] accelerator choose_accelerator(const std::string& wish);

/// True if the text of /proc/cpuinfo shows hardware virtualisation.
[[nodiscard]] bool shows_virtualisation(const std::string& cpuinfo);

}  // namespace osprey::cli::qemu
