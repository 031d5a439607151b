// SPDX-License-Identifier: BSD-3-Clause
#include <linux/syscalls.hh>

namespace osprey::abi {
namespace {

constexpr u32 type_mask = 0xf, type_flags = 02004000;  // SOCK_CLOEXEC | SOCK_NONBLOCK

/// No address family is there yet: what Linux answers without the family's module.
reply no_family(const choice<socket_families>& family, u32 type) noexcept {
    if (type & ~(type_mask | type_flags))
        return errc::invalid_argument;
    constexpr i32 families = 46;  // AF_MAX
    if (family.value() < 0 || family.value() >= families)
        return errc::address_family_not_supported;
    return family.unknown(errc::address_family_not_supported);
}

}  // namespace

reply calls::socket(choice<socket_families> family, u32 type, i32) noexcept {
    return no_family(family, type);
}

reply calls::socketpair(choice<socket_families> family, u32 type, i32, out<fd_pair>) noexcept {
    return no_family(family, type);
}

}  // namespace osprey::abi
