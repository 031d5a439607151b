// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>
#include <base/environment.hh>

#include <cstdlib>

namespace osprey::rest {

std::mutex environment::mutex_;

std::vector<std::string> environment::all() {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> list;
    for (char** entry = environ; entry && *entry; ++entry) {
        list.emplace_back(*entry);
    }
    return list;
}

std::optional<std::string> environment::get(const std::string& name) {
    const std::lock_guard lock{mutex_};
    const char* const value = ::getenv(name.c_str());
    return value ? std::optional<std::string>{value} : std::nullopt;
}

bool environment::set(const std::string& name, const std::string& value) {
    const std::lock_guard lock{mutex_};
    return ::setenv(name.c_str(), value.c_str(), 1) == 0;
}

bool environment::unset(const std::string& name) {
    const std::lock_guard lock{mutex_};
    return ::unsetenv(name.c_str()) == 0;
}

}  // namespace osprey::rest
