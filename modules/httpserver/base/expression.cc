// SPDX-License-Identifier: BSD-3-Clause
#include <base/error.hh>
#include <base/expression.hh>

namespace osprey::rest {

expression::expression(const std::string& text) {
    constexpr size_t longest = 200;
    bool is_plain = text.size() <= longest && text.find('\0') == std::string::npos;
    for (size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
            is_plain = is_plain && text[i] != '{' && (text[i] < '1' || text[i] > '9');
        }
    }
    if (!is_plain || ::regcomp(&compiled_, text.c_str(), REG_NOSUB) != 0) {
        throw api_error{400, "'" + text + "' cannot be used as a regular expression"};
    }
}

}  // namespace osprey::rest
