// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <string_view>

namespace osprey::log {

enum class level : unsigned char { error, warning, notice, info, debug };

/// Appends one line to the kernel log (a ring that /dev/kmsg, dmesg and the crash report read) and,
/// when its level asks for it, to the log console. Format as `format_to`: `{}`, `{:x}`, `{:#x}`…
/// Context: any, interrupt handlers included; never sleeps, never allocates.
void write(level severity, std::string_view text) noexcept;

template <typename... Args>
void line(level severity, format_string<Args...> format, const Args&... args) noexcept {
    fixed_text<480> text;
    format_to(text, format, args...);
    write(severity, text.view());
}

template <typename... Args>
void error(format_string<std::type_identity_t<Args>...> format, const Args&... args) noexcept {
    line<Args...>(level::error, format, args...);
}
template <typename... Args>
void warning(format_string<std::type_identity_t<Args>...> format, const Args&... args) noexcept {
    line<Args...>(level::warning, format, args...);
}
template <typename... Args>
void notice(format_string<std::type_identity_t<Args>...> format, const Args&... args) noexcept {
    line<Args...>(level::notice, format, args...);
}
template <typename... Args>
void info(format_string<std::type_identity_t<Args>...> format, const Args&... args) noexcept {
    line<Args...>(level::info, format, args...);
}
template <typename... Args>
void debug(format_string<std::type_identity_t<Args>...> format, const Args&... args) noexcept {
    line<Args...>(level::debug, format, args...);
}

}  // namespace osprey::log
