// SPDX-License-Identifier: BSD-3-Clause
#include <strings.h>
#include <base/error.hh>
#include <base/text.hh>
#include <http/call.hh>

namespace osprey::rest {

std::optional<std::string> call::find(const std::string& name) const {
    if (const auto value = path_values.find(name); value != path_values.end()) {
        return value->second;
    }
    if (const auto value = form.find(name); value != form.end()) {
        return value->second;
    }
    if (const auto value = request.params.find(name); value != request.params.end()) {
        return value->second;
    }
    return std::nullopt;
}

bool call::flag(const std::string& name, bool otherwise) const {
    const auto value = find(name);
    if (!value) {
        return otherwise;
    }
    const auto is = [&](const char* word) {
        return ::strcasecmp(value->c_str(), word) == 0;
    };
    if (is("") || is("false") || is("0")) {
        return false;
    }
    if (is("true") || is("1")) {
        return true;
    }
    throw api_error{400, "Invalid value " + *value + " use true/false or 0/1"};
}

std::optional<uint64_t> call::number(const std::string& name) const {
    const auto value = find(name);
    if (!value || value->empty()) {
        return std::nullopt;
    }
    const auto number = to_number(*value);
    if (!number || *number < 0) {
        throw api_error{400,
                        "Invalid value " + *value + " for '" + name + "', it must be a number"};
    }
    return static_cast<uint64_t>(*number);
}

std::string to_text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace osprey::rest
