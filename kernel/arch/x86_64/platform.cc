// SPDX-License-Identifier: BSD-3-Clause
#include <arch/platform.hh>

namespace osprey::arch {
namespace {

constinit platform_description known{};

}  // namespace

void set_platform(const platform_description& description) noexcept {
    known = description;
}
const platform_description& platform() noexcept {
    return known;
}

}  // namespace osprey::arch
