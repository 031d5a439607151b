// SPDX-License-Identifier: BSD-3-Clause
#include <base/batch_list.hh>
#include <base/error.hh>

#include <nlohmann/json.hpp>

namespace osprey::rest {

namespace {

/// JSON with every string in double quotes.
std::string with_double_quotes(std::string_view text) {
    std::string out;
    char quote = '\0';
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote == '\0') {
            quote = c == '"' || c == '\'' ? c : '\0';
            out += quote != '\0' ? '"' : c;
        } else if (c == '\\' && i + 1 < text.size()) {
            const char next = text[++i];
            // JSON has no \'.
            out += next == '\'' ? std::string{next} : std::string{c, next};
        } else if (c == quote) {
            quote = '\0';
            out += '"';
        } else if (c == '"') {
            out += "\\\"";
        } else {
            out += c;
        }
    }
    return out;
}

std::string take_string(const nlohmann::json& entry, const char* name) {
    const auto at = entry.find(name);
    if (at == entry.end() || !at->is_string() || at->get_ref<const std::string&>().empty()) {
        throw api_error{400, std::string{"An entry of the batch has no "} + name};
    }
    return at->get<std::string>();
}

}  // namespace

std::vector<batch_entry> parse_batch(std::string_view text) {
    constexpr size_t most_entries = 1000;
    // At depth 2 there are the members of an entry; deeper ones are refused before they are built.
    const nlohmann::json list = nlohmann::json::parse(
        with_double_quotes(text),
        [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
            if (depth > 2) {
                throw api_error{400, "The batch is nested too deeply"};
            }
            return true;
        },
        false);
    if (!list.is_array() || list.size() > most_entries) {
        throw api_error{400, "The batch is no list of requests"};
    }
    std::vector<batch_entry> entries;
    for (const auto& item : list) {
        if (!item.is_object()) {
            throw api_error{400, "An entry of the batch is no object"};
        }
        batch_entry entry{take_string(item, "method"), take_string(item, "relative_url")};
        if (entry.method != "GET" && entry.method != "POST" && entry.method != "PUT" &&
            entry.method != "DELETE") {
            throw api_error{400, "An entry of the batch has the method " + entry.method};
        }
        if (!entry.url.starts_with('/')) {
            entry.url.insert(0, "/");
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace osprey::rest
