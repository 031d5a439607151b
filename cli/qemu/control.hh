// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace osprey::cli::qemu {

/// Splits a byte stream into lines; keeps the unfinished one.
class line_splitter {
public:
    /// Longest line kept: a guest that sends no line ends must not eat the host's memory.
    static constexpr size_t longest = size_t{1} << 20;

    void feed(std::string_view bytes, const std::function<void(std::string_view line)>& each);
    /// The unfinished line, if any.
    [[nodiscard]] const std::string& rest() const noexcept { return rest_; }

private:
    std::string rest_;
};

/// Reads one line of the control channel. A line that is no JSON object with an "event" gives
/// {"event":"invalid","text":…}.
[[nodiscard]] nlohmann::json parse_event(std::string_view line);

/// An unsigned field of an event; `otherwise` if it is missing or of another type.
[[nodiscard]] uint64_t number_of(const nlohmann::json& event, const char* field,
                                 uint64_t otherwise = 0);
[[nodiscard]] std::string text_of(const nlohmann::json& event, const char* field);

/// Exit code of an {"event":"exit"}: the code, or 128+signal as shells have it.
[[nodiscard]] int exit_code_of(const nlohmann::json& event);

}  // namespace osprey::cli::qemu
