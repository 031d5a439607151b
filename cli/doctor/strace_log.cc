// SPDX-License-Identifier: BSD-3-Clause
#include <cctype>
#include <doctor/strace_log.hh>
#include <istream>
#include <string_view>

namespace osprey::cli::doctor {

namespace {

bool is_name(char c) {
    return std::islower(static_cast<unsigned char>(c)) ||
           std::isdigit(static_cast<unsigned char>(c)) || c == '_';
}

/// What may stand before the call: "[pid 12] ", "12 ", "12:30:01.123 ", "0.000123 ", "(+ 0.1) ".
std::string_view without_prefix(std::string_view line) {
    if (line.starts_with("[pid")) {
        const size_t end = line.find(']');
        line.remove_prefix(end == line.npos ? line.size() : end + 1);
    }
    while (!line.empty() &&
           (line.front() == ' ' || std::isdigit(static_cast<unsigned char>(line.front())) ||
            line.front() == ':' || line.front() == '.')) {
        line.remove_prefix(1);
    }
    return line;
}

/// Upper-case words outside quotes.
void collect_constants(std::string_view arguments, observed_call& call) {
    bool quoted = false;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const char c = arguments[i];
        if (c == '\\') {
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && std::isupper(static_cast<unsigned char>(c))) {
            size_t end = i;
            while (end < arguments.size() &&
                   (std::isalnum(static_cast<unsigned char>(arguments[end])) ||
                    arguments[end] == '_')) {
                ++end;
            }
            if (end - i > 2) {
                ++call.constants[std::string{arguments.substr(i, end - i)}];
            }
            i = end - 1;
        }
    }
}

}  // namespace

observed_calls read_strace(std::istream& log) {
    observed_calls seen;
    std::string text;
    while (std::getline(log, text)) {
        const std::string_view line = without_prefix(text);
        size_t end = 0;
        while (end < line.size() && is_name(line[end])) {
            ++end;
        }
        if (end == 0 || end == line.size() || line[end] != '(') {
            continue;
        }
        observed_call& call = seen[std::string{line.substr(0, end)}];
        ++call.times;
        const size_t result = line.rfind(") = ");
        collect_constants(line.substr(end + 1, result == line.npos ? line.npos : result - end - 1),
                          call);
    }
    return seen;
}

}  // namespace osprey::cli::doctor
