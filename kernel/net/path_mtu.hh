// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/address.hh>

namespace osprey::net {

/// What `learn_path_mtu` remembers for `destination`. @return 0: nothing. Context: threads; takes
/// `lock_rank::network_configuration` only when anything is remembered at all.
u32 learned_path_mtu(const ip_address& destination) noexcept;

}  // namespace osprey::net
