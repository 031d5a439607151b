// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>

namespace osprey::proc {

/// A filter of system calls (seccomp(2)) with those that were there before it. What it contains is
/// the business of linux/. Immutable.
class call_filter : public ref_counted<call_filter> {
public:
    virtual ~call_filter();
    [[nodiscard]] const call_filter* before() const noexcept { return before_.get(); }
    [[nodiscard]] u32 depth() const noexcept { return depth_; }  // filters up to here

protected:
    explicit call_filter(refptr<call_filter> before) noexcept
        : depth_{before ? before->depth() + 1 : 1}, before_{std::move(before)} {}

private:
    u32 depth_;
    refptr<call_filter> before_;
};

}  // namespace osprey::proc
