// SPDX-License-Identifier: BSD-3-Clause
#include <charconv>
#include <process/procfs/setting.hh>

namespace osprey::proc {

result<i64> parse_setting(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\n\v\f\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos)
        return errc::invalid_argument;
    text = text.substr(first, text.find_last_not_of(blanks) - first + 1);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X"))
        text.remove_prefix(2), base = 16;
    else if (text.starts_with('0') && text.size() > 1)
        text.remove_prefix(1), base = 8;
    u64 value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value, base);
    if (parsed.ptr != end || parsed.ec != std::errc{} || value > ~u64{0} >> 1)
        return errc::invalid_argument;
    return negative ? -static_cast<i64>(value) : static_cast<i64>(value);
}

}  // namespace osprey::proc
