// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/call.hh>
#include <string>
#include <vector>

namespace osprey::rest {

/// A parameter of a request, as it is checked and as it is described.
struct parameter {
    enum class kind { query, path, file };
    std::string name;
    std::string description;
    bool required = false;
    std::string type = "string";  ///< string, integer or boolean
    kind in = kind::query;
};

/// One request that the server understands. The table below is all there is: dispatching, the
/// OpenAPI description and the older listings are made from it.
struct route {
    std::string method;  ///< GET, POST, PUT, DELETE
    /// "/env/{var}": one component; "/file/{path...}": the rest of the path with its slash.
    std::string path;
    std::string name;
    std::string summary;
    /// string, integer, void, text, binary, a schema's name, or "[…]" for an array of it.
    std::string returns;
    reply (*handler)(call&) = nullptr;
    std::vector<parameter> parameters = {};
    bool streams_body = false;  ///< the handler reads the body itself, however large
};

/// A member of a JSON object: name, type (as `route::returns`), what it is.
struct member {
    std::string name;
    std::string type;
    std::string description;
};

struct schema {
    std::string name;
    std::vector<member> members;
};

/// A group of requests: "os", "OS core API".
struct api {
    std::string name;
    std::string description;
    std::vector<route> routes;
    std::vector<schema> schemas = {};
};

class route_table {
public:
    /// Adds a group, or to the group of this name.
    void add(api group);
    /// Leaves only what reads.
    void make_read_only();

    struct match {
        const route* found = nullptr;
        std::map<std::string, std::string> values;
        bool path_exists = false;  ///< with another method
    };
    /// Exact paths win over those with parameters; a slash at the end does not count.
    [[nodiscard]] match find(const std::string& method, const std::string& path) const;

    [[nodiscard]] const std::vector<api>& apis() const noexcept { return apis_; }

    /// Runs a request and makes its response, errors included. `body` may be null.
    void dispatch(const httplib::Request& request, httplib::Response& response,
                  const httplib::ContentReader* reader, const settings& site) const;

private:
    std::vector<api> apis_;
};

/// All requests of this server.
[[nodiscard]] route_table all_routes(const settings& site);

// The groups, one file each.
[[nodiscard]] api api_api();
[[nodiscard]] api app_api();
[[nodiscard]] api docs_api();
[[nodiscard]] api env_api();
[[nodiscard]] api file_api();
[[nodiscard]] api fs_api();
[[nodiscard]] api hardware_api();
[[nodiscard]] api metrics_api();
[[nodiscard]] api network_api();
[[nodiscard]] api os_api();
[[nodiscard]] api threads_api();
[[nodiscard]] api trace_api();

/// Makes the response of a failed request.
void answer_error(httplib::Response& response, int status, const std::string& message);

}  // namespace osprey::rest
