// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/file.hh>

namespace osprey::fs {

/// struct signalfd_siginfo of signalfd(2).
struct signalfd_record {
    u32 number;
    i32 error, code;
    u32 pid, uid;
    i32 fd;
    u32 timer_id, band, overrun, trap_number;
    i32 status, integer;
    u64 pointer, user_time, system_time, address;
    u16 address_lsb;
    u16 padding;
    i32 system_call;
    u64 call_address;
    u32 architecture;
    u8 reserved[28];
};
static_assert(sizeof(signalfd_record) == 128);

/// Where signals come from: the process layer. All are about the calling thread and its process;
/// masks have bit n-1 for signal n. Context: threads.
class signal_source {
public:
    [[nodiscard]] virtual u64 pending() noexcept = 0;
    /// Takes one pending signal of `mask`; false if there is none.
    virtual bool take(u64 mask, signalfd_record& out) noexcept = 0;
    /// Woken whenever a signal is queued for the process or one of its threads.
    virtual sync::wait_queue& arrived() noexcept = 0;

protected:
    ~signal_source() = default;
};
void set_signal_source(signal_source& source) noexcept;

/// signalfd4(2) for a new descriptor; `flags` O_NONBLOCK, O_CLOEXEC.
result<refptr<vfs::file>> make_signalfd(u64 mask, u32 flags) noexcept;
/// signalfd4(2) for an existing one. @return `errc::invalid_argument` if `f` is none.
result<void> set_signalfd_mask(vfs::file& f, u64 mask) noexcept;

}  // namespace osprey::fs
