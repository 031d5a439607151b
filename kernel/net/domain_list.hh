// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/short_list.hh>

namespace osprey::net {

/// Domain names as DNS writes them, uncompressed (RFC 1035 §3.1, RFC 8106 §5.2, RFC 8415 §10), each
/// ended by an empty label. What is malformed ends the list.
void parse_domain_list(std::span<const u8> from, short_list<name_text<253>, 6>& to) noexcept;

}  // namespace osprey::net
