// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <openssl/ssl.h>
#include <http/settings.hh>

namespace osprey::rest {

/// TLS 1.2 or newer with the server's certificate; clients must show one that the authority
/// signed. Throws `std::runtime_error` naming the file that cannot be used.
[[nodiscard]] SSL_CTX* make_tls_context(const settings& site);

}  // namespace osprey::rest
