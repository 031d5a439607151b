// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>

namespace osprey::net {

/// The requests of ioctl(2) that every socket answers, whatever its family: netdevice(7), and
/// SIOCADDRT, SIOCDELRT, SIOCGARP. `argument` is an address of the application.
/// @return `errc::not_tty`: none of them; `errc::no_device`, `errc::bad_address`…
/// Context: threads.
result<u64> interface_ioctl(u32 request, u64 argument) noexcept;

}  // namespace osprey::net
