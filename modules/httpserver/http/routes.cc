// SPDX-License-Identifier: BSD-3-Clause
#include <base/error.hh>
#include <base/text.hh>
#include <http/body.hh>
#include <http/routes.hh>
#include <http/settings.hh>

#include <algorithm>

namespace osprey::rest {

namespace {

/// Compares a path with a route's, whose components may be parameters.
bool fits(const route& candidate, std::string_view path, std::map<std::string, std::string>& into) {
    std::string_view wanted = candidate.path;
    while (!wanted.empty()) {
        const std::string_view part = wanted.substr(0, wanted.find('/', 1));
        wanted.remove_prefix(part.size());
        if (part.ends_with("...}")) {
            into[std::string{part.substr(2, part.size() - 6)}] = path;
            return !path.empty();
        }
        const std::string_view given = path.substr(0, path.find('/', 1));
        path.remove_prefix(given.size());
        if (part.starts_with("/{")) {
            if (given.size() < 2) {
                return false;
            }
            into[std::string{part.substr(2, part.size() - 3)}] = given.substr(1);
        } else if (part != given) {
            return false;
        }
    }
    return path.empty();
}

void check_path(const std::string& path) {
    if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
        throw api_error{400, "Bad path"};
    }
    const auto parts = split(path, '/');
    if (std::ranges::find(parts, "..") != parts.end()) {
        throw api_error{400, "Bad path: '..' is not allowed"};
    }
}

void check_parameters(const route& wanted, const call& c) {
    for (const parameter& p : wanted.parameters) {
        if (p.in == parameter::kind::file) {
            continue;
        }
        if (p.required && c.text(p.name).empty()) {
            throw api_error{400, "Missing mandatory parameter '" + p.name + "'"};
        }
        if (p.type == "boolean") {
            (void)c.flag(p.name);
        } else if (p.type == "integer") {
            (void)c.number(p.name);
        }
    }
}

bool has_body(const httplib::Request& request) {
    return request.has_header("Transfer-Encoding") || read_length(request).value_or(0) != 0;
}

void run(const route_table& routes, const httplib::Request& request, httplib::Response& response,
         const httplib::ContentReader* reader, const settings& site) {
    check_path(request.path);
    // Other methods than these are handled as GET, as the reference does.
    const bool known =
        request.method == "POST" || request.method == "PUT" || request.method == "DELETE";
    const auto [wanted, values, path_exists] =
        routes.find(known ? request.method : "GET", request.path);
    if (!wanted) {
        throw api_error{path_exists && !site.read_only ? 405 : 404,
                        path_exists && !site.read_only ? "Method not allowed" : "Not found"};
    }
    call c{request, response, routes, site};
    c.path_values = values;
    std::optional<streamed_body> body;
    if (reader && has_body(request)) {
        body.emplace(request, *reader);
        if (wanted->streams_body) {
            c.body = &*body;
        } else {
            body->read_form(c.form, c.raw_body);
        }
    }
    check_parameters(*wanted, c);
    if (const reply value = wanted->handler(c)) {
        response.set_content(to_text(*value), "application/json");
    }
}

}  // namespace

void route_table::add(api group) {
    const auto known = std::ranges::find(apis_, group.name, &api::name);
    if (known == apis_.end()) {
        apis_.push_back(std::move(group));
        return;
    }
    std::ranges::move(group.routes, std::back_inserter(known->routes));
    std::ranges::move(group.schemas, std::back_inserter(known->schemas));
}

void route_table::make_read_only() {
    for (api& group : apis_) {
        std::erase_if(group.routes,
                      [](const route& r) { return r.method != "GET" && r.path != "/api/batch"; });
    }
    std::erase_if(apis_, [](const api& group) { return group.routes.empty(); });
}

route_table::match route_table::find(const std::string& method, const std::string& path) const {
    std::string_view cut = path;
    if (cut.size() > 1 && cut.ends_with('/')) {
        cut.remove_suffix(1);
    }
    match best;
    for (const api& group : apis_) {
        for (const route& candidate : group.routes) {
            const bool is_exact = candidate.path.find('{') == std::string::npos;
            if (best.found && !is_exact) {
                continue;
            }
            std::map<std::string, std::string> values;
            if (is_exact ? candidate.path != cut : !fits(candidate, cut, values)) {
                continue;
            }
            best.path_exists = true;
            if (candidate.method == method) {
                best.found = &candidate;
                best.values = std::move(values);
            }
        }
    }
    return best;
}

void answer_error(httplib::Response& response, int status, const std::string& message) {
    response.status = status;
    response.set_content(to_text(json{{"message", message}, {"code", status}}), "application/json");
}

void route_table::dispatch(const httplib::Request& request, httplib::Response& response,
                           const httplib::ContentReader* reader, const settings& site) const {
    try {
        run(*this, request, response, reader, site);
    } catch (const api_error& e) {
        answer_error(response, e.status(), e.what());
    } catch (const std::bad_alloc&) {
        answer_error(response, 503, "Out of memory");
    } catch (const std::exception& e) {
        answer_error(response, 500, e.what());
    }
}

route_table all_routes(const settings& site) {
    route_table table;
    for (auto* make : {api_api, app_api, docs_api, env_api, file_api, fs_api, hardware_api,
                       metrics_api, network_api, os_api, threads_api, trace_api}) {
        table.add(make());
    }
    if (site.read_only) {
        table.make_read_only();
    }
    return table;
}

}  // namespace osprey::rest
