// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace osprey::rest {

/// What runs below: "Osprey" and "v0.1.0", elsewhere the kernel's own name and release.
struct system_identity {
    std::string name;
    std::string version;
    bool is_osprey = false;
};

[[nodiscard]] system_identity identify_system();

/// "kvm", "xen", "vmware", "hyperv", or "Unknown" if the CPU names none of these.
[[nodiscard]] std::string identify_hypervisor();

}  // namespace osprey::rest
