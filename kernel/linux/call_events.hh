// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <base/types.hh>
#include <linux/description.hh>

namespace osprey::abi {

/// Offers an event `syscall_NAME` for each system call. `change` is called when some were switched.
void set_up_call_events(void (*change)() noexcept) noexcept;

/// Is the event of call `number` on?
[[nodiscard]] bool call_event_on(u64 number) noexcept;

/// One firing: takes the arguments (paths are copied, so it may sleep) and fires with the result.
/// Context: inside the call.
class call_event {
public:
    explicit call_event(const arch::register_frame& frame) noexcept;
    void fire(i64 result) noexcept;

private:
    static constexpr usize longest_text = 128, most_texts = 3;
    const call* call_;
    u64 number_;
    u64 words_[8];
    std::string_view views_[most_texts];
    char texts_[most_texts][longest_text];
};

}  // namespace osprey::abi
