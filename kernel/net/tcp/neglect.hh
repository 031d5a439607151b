// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>

namespace osprey::net::tcp {

class endpoint_state;

/// Packets wait for a connection that nobody reads at the moment. Mostly somebody soon does; if
/// not, a thread looks after it within 40 ms, so that the peer gets its acknowledgements.
/// The caller has set `neglected_`. Context: threads; never waits.
void neglect(endpoint_state& e) noexcept;

/// Starts the thread. Context: threads.
result<void> start_caretaker() noexcept;

}  // namespace osprey::net::tcp
