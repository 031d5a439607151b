// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/routes.hh>
#include <http/settings.hh>

namespace osprey::rest {

/// Serves what a browser asks for: `/`, pages below /dashboard/ and /swagger/ from the web folder.
/// @return false if the path is none of these.
[[nodiscard]] bool serve_web(const httplib::Request& request, httplib::Response& response,
                             const settings& site);

/// Makes the response of a file's bytes [offset, offset + length), streamed; files of the kernel,
/// whose size is not known, are read to their end. Throws `api_error`: 404 for what is no file.
void answer_file(const httplib::Request& request, httplib::Response& response,
                 const std::string& path, uint64_t offset = 0, uint64_t length = UINT64_MAX);

/// The type of a file by the end of its name; text/plain if it is not known.
[[nodiscard]] std::string type_of(const std::string& path);

}  // namespace osprey::rest
