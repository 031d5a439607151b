// SPDX-License-Identifier: BSD-3-Clause
#include <arch/machine.hh>
#include <cstring>
#include <hypervisor/detect.hh>
#include <iterator>

namespace osprey::hypervisor {
namespace {

struct signature {
    char text[13];
    kind which;
    const char* name;
};
/// Best first: a hypervisor that imitates Hyper-V too is better addressed by its own interface.
constexpr signature signatures[] = {
    {"KVMKVMKVM\0\0\0", kind::kvm, "KVM"},
    {"XenVMMXenVMM", kind::xen, "Xen"},
    {"VMwareVMware", kind::vmware, "VMware"},
    {"VBoxVBoxVBox", kind::virtualbox, "VirtualBox"},
    {"TCGTCGTCGTCG", kind::emulator, "QEMU's translator"},
    {"Microsoft Hv", kind::hyperv, "Hyper-V"},
};

constinit kind found = kind::none;
constinit const char* found_name = "no hypervisor";
constinit u32 found_leaf = 0;

constexpr u32 first_leaf = 0x40000000, leaf_step = 0x100, last_leaf = 0x40001000;

}  // namespace

void detect() noexcept {
    constexpr u32 hypervisor_present = 1u << 31;
    if (!(arch::cpuid(1).ecx & hypervisor_present))
        return;
    found = kind::unknown;
    found_name = "an unknown hypervisor";
    usize best = std::size(signatures);
    for (u32 leaf = first_leaf; leaf < last_leaf; leaf += leaf_step) {
        const auto r = arch::cpuid(leaf);
        if (r.eax != 0 && (r.eax < leaf || r.eax >= leaf + leaf_step))
            break;
        const u32 text[] = {r.ebx, r.ecx, r.edx};
        for (usize i = 0; i < best; ++i) {
            if (std::memcmp(text, signatures[i].text, sizeof text) != 0)
                continue;
            best = i;
            found = signatures[i].which;
            found_name = signatures[i].name;
            found_leaf = leaf;
        }
    }
}

kind running() noexcept {
    return found;
}
const char* name() noexcept {
    return found_name;
}
u32 base_leaf() noexcept {
    return found_leaf;
}

}  // namespace osprey::hypervisor
