// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::proc {

/// Signal numbers of Linux (signal(7)); the same on x86-64 and arm64.
enum class signal : u8 {
    none = 0,
    hup = 1,
    interrupt = 2,
    quit = 3,
    ill = 4,
    trap = 5,
    abort = 6,
    bus = 7,
    fpe = 8,
    kill = 9,
    usr1 = 10,
    segv = 11,
    usr2 = 12,
    pipe = 13,
    alarm = 14,
    term = 15,
    stkflt = 16,
    child = 17,
    cont = 18,
    stop = 19,
    tstp = 20,
    ttin = 21,
    ttou = 22,
    urg = 23,
    xcpu = 24,
    xfsz = 25,
    vtalarm = 26,
    prof = 27,
    winch = 28,
    io = 29,
    pwr = 30,
    sys = 31,
    rt_min = 32,
    rt_max = 64,
};
inline constexpr unsigned signal_count = 64;

/// A set of signals: bit n-1 is signal n, as in Linux's sigset_t.
class signal_set {
public:
    constexpr signal_set() noexcept = default;
    constexpr explicit signal_set(u64 bits) noexcept : bits_{bits} {}
    [[nodiscard]] constexpr u64 bits() const noexcept { return bits_; }
    [[nodiscard]] constexpr bool contains(signal s) const noexcept { return bits_ & bit(s); }
    constexpr void add(signal s) noexcept { bits_ |= bit(s); }
    constexpr void remove(signal s) noexcept { bits_ &= ~bit(s); }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }

private:
    static constexpr u64 bit(signal s) noexcept { return u64{1} << (static_cast<unsigned>(s) - 1); }
    u64 bits_ = 0;
};

/// siginfo_t of Linux, as it is copied to applications (128 bytes).
struct signal_info {
    i32 number;
    i32 error;
    i32 code;  // SI_USER, SI_TKILL, SEGV_MAPERR …
    i32 padding;
    union {
        struct {
            i32 pid;
            u32 uid;
            u64 value;
        } sent;
        struct {
            i32 timer_id;
            i32 overrun;
            u64 value;
        } timer;
        struct {
            i32 pid;
            u32 uid;
            i32 status;
            i32 padding;
            i64 user_time, system_time;
        } child;
        struct {
            u64 address;
            i16 address_lsb;
        } fault;
        struct {
            i64 band;
            i32 fd;
        } poll;
        u8 raw[112];
    };
};
static_assert(sizeof(signal_info) == 128);

/// struct kernel_sigaction of Linux.
struct signal_action {
    u64 handler = 0;  // 0: SIG_DFL, 1: SIG_IGN
    u64 flags = 0;    // SA_*
    u64 restorer = 0;
    u64 mask = 0;
};

}  // namespace osprey::proc
