// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <image/tree.hh>

namespace osprey::cli::debian {

/// Does what update-ca-certificates(8) does when the package ca-certificates is installed: all of
/// /usr/share/ca-certificates becomes /etc/ssl/certs/ca-certificates.crt, with links by name and by
/// OpenSSL's hash of the subject beside it. Without them no program trusts any server. Nothing
/// happens where the package is not, or the bundle already is.
void add_certificates(image::tree& content);

}  // namespace osprey::cli::debian
