// SPDX-License-Identifier: BSD-3-Clause
#include <net/settings.hh>

namespace osprey::net {

namespace {
constinit network_settings the_settings;
}

network_settings& settings() noexcept {
    return the_settings;
}

}  // namespace osprey::net
