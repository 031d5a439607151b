// SPDX-License-Identifier: BSD-3-Clause
#include <base/error.hh>
#include <http/openapi.hh>
#include <http/settings.hh>

namespace osprey::rest {

namespace {

reply get_listing(call& c) {
    return describe_listing(c.routes);
}

reply get_group(call& c) {
    std::string host = c.request.get_header_value("Host");
    if (host.empty()) {
        host = "localhost:" + std::to_string(c.site.port);
    }
    json group =
        describe_group(c.routes, c.text("api"), (c.site.tls ? "https://" : "http://") + host);
    if (group.is_null()) {
        throw api_error{404, "Not found"};
    }
    return group;
}

reply get_openapi(call& c) {
    return describe_openapi(c.routes);
}

}  // namespace

api docs_api() {
    return {
        "api-doc",
        "Descriptions of the API",
        {
            {"GET", "/api-doc", "getListing", "All groups of requests (Swagger 1.2)", "object",
             get_listing},
            {"GET",
             "/api-doc/{api}",
             "getGroup",
             "One group of requests (Swagger 1.2)",
             "object",
             get_group,
             {{"api", "Its name", true, "string", parameter::kind::path}}},
            {"GET", "/openapi.json", "getOpenApi", "The whole API (OpenAPI 3)", "object",
             get_openapi},
        },
    };
}

}  // namespace osprey::rest
