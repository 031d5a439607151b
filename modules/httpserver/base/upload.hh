// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/call.hh>

#include <string>

namespace osprey::rest {

/// Stores the body of a request as a file: first under another name in the same folder, so that
/// readers see the old file or the whole new one. Throws `api_error`: 413 beyond `limit` bytes,
/// 507 if the filesystem has no room for what was announced.
void store_body(body_source* body, const std::string& path, uint64_t limit);

}  // namespace osprey::rest
