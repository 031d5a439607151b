// SPDX-License-Identifier: BSD-3-Clause
// Until interfaces and address texts are there.
#include <net/interface.hh>

namespace osprey::net {

[[gnu::weak]] interface* find_interface(u32) noexcept {
    return nullptr;
}
[[gnu::weak]] interface* find_interface(std::string_view) noexcept {
    return nullptr;
}
[[gnu::weak]] address_text to_text(const ip_address&) noexcept {
    return {};
}

}  // namespace osprey::net
