// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/tcp/connection.hh>

namespace osprey::net::tcp {

/// What one acknowledgement brought.
struct connection::progress {
    u32 acknowledged = 0;  // bytes, cumulatively
    u32 delivered = 0;     // bytes that were not known to have arrived
    u32 prior_in_flight = 0;
    u32 echo = 0;            // timestamp that it answers; 0: none
    bool lost_more = false;  // losses were found while it was looked at
    bool had_duplicate_sack = false;
    u32 rtt_us = 0;  // of the latest segment that was sent only once; 0: none
};

}  // namespace osprey::net::tcp
