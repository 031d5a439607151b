// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/routes.hh>

namespace osprey::rest {

/// The whole API in OpenAPI 3.0.
[[nodiscard]] json describe_openapi(const route_table& routes);

/// The reference's listings (Swagger 1.2): of all groups, and of one; null if there is none.
[[nodiscard]] json describe_listing(const route_table& routes);
[[nodiscard]] json describe_group(const route_table& routes, const std::string& name,
                                  const std::string& base);

}  // namespace osprey::rest
