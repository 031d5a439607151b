// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <regex.h>

#include <string>

namespace osprey::rest {

/// A POSIX basic regular expression that finds a place anywhere in a text. Throws `api_error`
/// (400) for one that is malformed, longer than 200 bytes, or has intervals or back-references,
/// with which a few bytes can cost any amount of time or memory.
class expression {
public:
    explicit expression(const std::string& text);
    expression(const expression&) = delete;
    expression& operator=(const expression&) = delete;
    ~expression() { ::regfree(&compiled_); }

    [[nodiscard]] bool matches(const std::string& text) const {
        return ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
    }

private:
    regex_t compiled_{};
};

}  // namespace osprey::rest
