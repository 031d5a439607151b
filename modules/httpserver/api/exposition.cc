// SPDX-License-Identifier: BSD-3-Clause
#include "exposition.hh"

#include <array>
#include <charconv>

namespace osprey::rest {

namespace {

/// Values of labels: backslash, quote and line end are escaped.
void append_escaped(std::string& to, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\':
                to += "\\\\";
                break;
            case '"':
                to += "\\\"";
                break;
            case '\n':
                to += "\\n";
                break;
            default:
                // Names are bytes; Prometheus takes nothing but UTF-8.
                to += static_cast<unsigned char>(c) < 0x80 ? c : '?';
        }
    }
}

}  // namespace

void exposition::begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help);
    text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void exposition::sample(double value, const labels& with) {
    text_ += name_;
    char separator = '{';
    for (const auto& [name, label] : with) {
        text_ += separator;
        text_.append(name).append("=\"");
        append_escaped(text_, label);
        text_ += '"';
        separator = ',';
    }
    text_ += with.empty() ? " " : "} ";
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    text_.append(digits.data(), end.ptr);
    text_ += '\n';
}

}  // namespace osprey::rest
