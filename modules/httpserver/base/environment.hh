// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace osprey::rest {

/// The environment of this server, which programs that it starts inherit. Context: any thread.
class environment {
public:
    [[nodiscard]] static std::vector<std::string> all();
    [[nodiscard]] static std::optional<std::string> get(const std::string& name);
    /// @return false if the name cannot be one ("" or with "=").
    [[nodiscard]] static bool set(const std::string& name, const std::string& value);
    [[nodiscard]] static bool unset(const std::string& name);

private:
    static std::mutex mutex_;
};

}  // namespace osprey::rest
