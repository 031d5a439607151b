// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <httplib.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace osprey::rest {

struct settings;
class route_table;

/// JSON whose members stay in the order in which they were added.
using json = nlohmann::ordered_json;

/// What a handler returns: a value for the body, or nothing if it made the response itself.
using reply = std::optional<json>;
/// The answer of operations that return nothing: the JSON string "".
inline reply nothing() {
    return json("");
}
/// The handler has made the response itself.
inline constexpr std::nullopt_t answered = std::nullopt;

/// The body of a request, read as it comes. A request has at most one; it is read once.
class body_source {
public:
    virtual ~body_source() = default;
    /// Hands the bytes to `take` in pieces: those of the first file of a multipart body, else
    /// all. Throws `api_error` if the client broke off or `take` returned false.
    virtual void receive(const std::function<bool(std::string_view)>& take) = 0;
    /// Bytes announced by the client; nothing if it did not say.
    [[nodiscard]] virtual std::optional<uint64_t> announced() const = 0;
};

/// One request on its way through a handler: parameters, body, response.
class call {
public:
    call(const httplib::Request& request, httplib::Response& response, const route_table& routes,
         const settings& site)
        : request{request}, response{response}, routes{routes}, site{site} {}

    /// A parameter that was given, from path, form or URL, in this order.
    [[nodiscard]] std::optional<std::string> find(const std::string& name) const;
    /// The same, or empty text.
    [[nodiscard]] std::string text(const std::string& name) const {
        return find(name).value_or("");
    }
    /// A boolean: false, 0 and empty text, or true and 1, in any case. Throws `api_error` (400).
    [[nodiscard]] bool flag(const std::string& name, bool otherwise = false) const;
    /// A number that is not negative. Throws `api_error` (400) if it is none.
    [[nodiscard]] std::optional<uint64_t> number(const std::string& name) const;

    /// Answers with these bytes.
    void answer(std::string body, const std::string& type) const {
        response.set_content(std::move(body), type);
    }

    const httplib::Request& request;
    httplib::Response& response;
    const route_table& routes;
    const settings& site;
    std::map<std::string, std::string> path_values;
    std::multimap<std::string, std::string> form;
    std::string raw_body;         ///< a body that is no form
    body_source* body = nullptr;  ///< of routes that stream it; null: there is none
};

/// JSON text of a value; bytes that are no UTF-8 become U+FFFD, so it is always valid.
[[nodiscard]] std::string to_text(const json& value);

}  // namespace osprey::rest
