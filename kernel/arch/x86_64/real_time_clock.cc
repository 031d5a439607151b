// SPDX-License-Identifier: BSD-3-Clause
// The MC146818 of every PC: Motorola data sheet, "Time, Calendar and Alarm Locations".
#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <arch/io.hh>
#include <arch/platform.hh>

namespace osprey::arch {
namespace {

constexpr u16 index_port = 0x70, data_port = 0x71;
constexpr u8 status_a = 10, status_b = 11, status_d = 13;
constexpr u8 update_in_progress = 0x80, binary_mode = 4, hours_24 = 2, afternoon = 0x80;

u8 read_register(u8 index) noexcept {
    port_out8(index_port, index);
    return port_in8(data_port);
}

struct calendar {
    u8 second, minute, hour, day, month, year, century;
    bool operator==(const calendar&) const = default;
};

/// Status D has zeros below its top bit; where no device answers, all bits are ones. To be asked
/// first: waiting for the end of an update there would cost many exits to the hypervisor.
bool is_present() noexcept {
    return read_register(status_d) != 0xff;
}

calendar read_calendar() noexcept {
    for (unsigned i = 0; i < 10'000 && read_register(status_a) & update_in_progress; ++i)
        relax();
    const u8 century = platform().century_register;
    return {read_register(0),
            read_register(2),
            read_register(4),
            read_register(7),
            read_register(8),
            read_register(9),
            century != 0 ? read_register(century) : u8{0}};
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; March-based years put the leap day
/// last.
constexpr i64 days_since_1970(i64 year, i64 month, i64 day) noexcept {
    if (month <= 2)
        --year, month += 12;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day -
           719'469;
}
static_assert(days_since_1970(1970, 1, 1) == 0);
static_assert(days_since_1970(2000, 3, 1) == 11'017);
static_assert(days_since_1970(2026, 11, 23) == 20'780);

}  // namespace

i64 read_real_time_clock() noexcept {
    if (!is_present())
        return platform().clock ? platform().clock->read_wall_clock() : 0;
    calendar c = read_calendar();
    for (calendar again = read_calendar(); !(again == c); again = read_calendar())
        c = again;
    const u8 mode = read_register(status_b);
    const bool pm = c.hour & afternoon;
    c.hour &= 0x7f;
    if (!(mode & binary_mode)) {
        auto decode = [](u8& v) {
            v = static_cast<u8>((v >> 4) * 10 + (v & 15));
        };
        decode(c.second), decode(c.minute), decode(c.hour), decode(c.day), decode(c.month);
        decode(c.year), decode(c.century);
    }
    if (!(mode & hours_24))
        c.hour = static_cast<u8>(c.hour % 12 + (pm ? 12 : 0));
    const i64 year = c.century >= 19 ? c.century * 100 + c.year : 2000 + c.year;
    return ((days_since_1970(year, c.month, c.day) * 24 + c.hour) * 60 + c.minute) * 60 + c.second;
}

}  // namespace osprey::arch
