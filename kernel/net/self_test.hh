// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::net {

/// `--selftest=network`: waits until a peer has sent an ICMP echo that ends with "that was all", or
/// half a minute without any, and answers meanwhile. The devices are there and configured.
/// @return whether the peer said so. Context: thread.
bool self_test() noexcept;
/// `--selftest=network_cost`: logs what a small packet costs. @return whether all came through.
bool cost_test() noexcept;

}  // namespace osprey::net
