// SPDX-License-Identifier: BSD-3-Clause
#include <process/json_line.hh>

namespace osprey::proc {
namespace {

void skip_blanks(std::string_view& text) noexcept {
    while (!text.empty() && (text[0] == ' ' || text[0] == '\t'))
        text.remove_prefix(1);
}

bool skip(std::string_view& text, char expected) noexcept {
    skip_blanks(text);
    if (text.empty() || text[0] != expected)
        return false;
    text.remove_prefix(1);
    return true;
}

bool read_number(std::string_view& text, u64& value) noexcept {
    skip_blanks(text);
    if (text.empty() || text[0] < '0' || text[0] > '9')
        return false;
    value = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
        const u64 digit = static_cast<u64>(text[0] - '0');
        if (value > (~u64{0} - digit) / 10)
            return false;
        value = value * 10 + digit;
        text.remove_prefix(1);
    }
    return true;
}

}  // namespace

void write_json_string(text_sink& out, std::string_view text) noexcept {
    out.append("\"");
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            const char escaped[] = {'\\', c};
            out.append({escaped, 2});
        } else if (c == '\n') {
            out.append("\\n");
        } else if (static_cast<unsigned char>(c) < 0x20) {
            format_to(out, "\\u{:04x}", static_cast<u32>(c));
        } else {
            out.append({&c, 1});
        }
    }
    out.append("\"");
}

bool find_json_number(std::string_view line, std::string_view name, u64& value,
                      unsigned index) noexcept {
    for (usize at = 0; (at = line.find('"', at)) != line.npos; ++at) {
        std::string_view rest = line.substr(at + 1);
        if (!rest.starts_with(name))
            continue;
        rest.remove_prefix(name.size());
        if (!skip(rest, '"') || !skip(rest, ':'))
            continue;
        const bool array = skip(rest, '[');
        if (!array && index != 0)
            return false;
        for (unsigned i = 0;; ++i) {
            if (!read_number(rest, value))
                return false;
            if (i == index)
                return true;
            if (!skip(rest, ','))
                return false;
        }
    }
    return false;
}

}  // namespace osprey::proc
