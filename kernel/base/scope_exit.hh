// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

namespace osprey {

/// Runs a function at the end of the scope, unless `release` was called: undoes half-done work on
/// the error paths of a function that uses TRY.
template <typename F>
class [[nodiscard]] scope_exit {
public:
    explicit scope_exit(F function) noexcept : function_{std::move(function)} {}
    ~scope_exit() {
        if (armed_)
            function_();
    }
    scope_exit(const scope_exit&) = delete;
    scope_exit& operator=(const scope_exit&) = delete;
    void release() noexcept { armed_ = false; }

private:
    F function_;
    bool armed_ = true;
};

}  // namespace osprey
