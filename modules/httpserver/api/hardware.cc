// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>
#include <base/identity.hh>
#include <base/text.hh>
#include <http/routes.hh>

namespace osprey::rest {

namespace {

reply get_flags(call&) {
    const auto text = read_text("/proc/cpuinfo").value_or("");
    for (const std::string_view line : split(text, '\n')) {
        // "Features" on arm64.
        if (line.starts_with("flags") || line.starts_with("Features")) {
            return json(trim(line.substr(line.find(':') + 1)));
        }
    }
    return json("");
}

reply get_count(call&) {
    return json(::sysconf(_SC_NPROCESSORS_ONLN));
}

/// Machines without SMBIOS tables (microvm) have no vendor.
reply get_vendor(call&) {
    const std::string vendor = read_word("/sys/class/dmi/id/bios_vendor");
    return json(vendor.empty() ? "Unknown" : vendor);
}

reply get_hypervisor(call&) {
    return json(identify_hypervisor());
}

}  // namespace

api hardware_api() {
    return {
        "hardware",
        "Hardware management API",
        {
            {"GET", "/hardware/processor/flags", "processorFeatures", "What the CPU can do",
             "string", get_flags},
            {"GET", "/hardware/processor/count", "processorCount", "Number of CPUs", "integer",
             get_count},
            {"GET", "/hardware/firmware/vendor", "firmwareVendor", "Who made the firmware",
             "string", get_vendor},
            {"GET", "/hardware/hypervisor", "hypervisorName", "kvm, xen, vmware, hyperv or Unknown",
             "string", get_hypervisor},
        },
    };
}

}  // namespace osprey::rest
