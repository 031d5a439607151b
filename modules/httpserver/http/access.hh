// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/routes.hh>
#include <http/settings.hh>

namespace osprey::rest {

/// Whether the client may make this request: it has the token, if there is one, and no page of
/// another site sent it. If not, the response says so.
[[nodiscard]] bool may_use(const httplib::Request& request, httplib::Response& response,
                           const settings& site);

/// Headers that let pages of other sites use the API, as `--access-allow` says.
void add_cross_origin_headers(const httplib::Request& request, httplib::Response& response,
                              const settings& site);

/// Serves GET and POST of /login, where a browser trades the token for a cookie.
/// @return false if the request is for something else. `reader` is null without a body.
[[nodiscard]] bool log_in(const httplib::Request& request, httplib::Response& response,
                          const httplib::ContentReader* reader, const settings& site);

}  // namespace osprey::rest
