// SPDX-License-Identifier: BSD-3-Clause
#include <sys/utsname.h>
#include <base/identity.hh>
#include <base/text.hh>

#include <array>
#include <cstring>

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace osprey::rest {

system_identity identify_system() {
    utsname facts{};
    ::uname(&facts);
    // The system-call ABI is Linux's and so is `sysname`; the build line names the kernel.
    const std::string_view build = facts.version;
    constexpr std::string_view mark = "Osprey ";
    if (const size_t at = build.find(mark); at != std::string_view::npos) {
        const std::string_view version = build.substr(at + mark.size());
        return {"Osprey", "v" + std::string{version.substr(0, version.find(' '))}, true};
    }
    return {facts.sysname, facts.release, false};
}

std::string identify_hypervisor() {
#ifdef __x86_64__
    unsigned a = 0;
    std::array<unsigned, 3> name{};
    __cpuid(1, a, name[0], name[1], name[2]);
    constexpr unsigned has_hypervisor = 1U << 31;  // CPUID 1, ECX
    if ((name[1] & has_hypervisor) != 0) {
        std::array<char, 12> text;
        __cpuid(0x4000'0000, a, name[0], name[1], name[2]);
        std::memcpy(text.data(), name.data(), text.size());
        const std::string_view given{text.data(), text.size()};
        if (given.starts_with("KVMKVMKVM")) {
            return "kvm";
        }
        if (given == "XenVMMXenVMM") {
            return "xen";
        }
        if (given == "VMwareVMware") {
            return "vmware";
        }
        if (given == "Microsoft Hv") {
            return "hyperv";
        }
    }
#endif
    const std::string type = read_word("/sys/hypervisor/type");
    return type.empty() ? "Unknown" : type;
}

}  // namespace osprey::rest
