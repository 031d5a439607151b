// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

/// The settings of a terminal as the Linux ABI has them (asm-generic/termbits.h, termios(3)).
namespace osprey::fs::termios {

enum character : u8 {
    vintr = 0,
    vquit = 1,
    verase = 2,
    vkill = 3,
    veof = 4,
    vtime = 5,
    vmin = 6,
    vstart = 8,
    vstop = 9,
    vsusp = 10,
    veol = 11,
    vreprint = 12,
    vwerase = 14,
    vlnext = 15,
    veol2 = 16
};
enum input_flag : u32 {
    parmrk = 010,
    istrip = 040,
    inlcr = 0100,
    igncr = 0200,
    icrnl = 0400,
    iuclc = 01000,
    ixon = 02000,
    ixany = 04000,
    iutf8 = 040000
};
enum output_flag : u32 {
    opost = 1,
    olcuc = 2,
    onlcr = 4,
    ocrnl = 010,
    onocr = 020,
    onlret = 040,
    xtabs = 014000
};
enum control_flag : u32 {
    cbaud = 0x100f,
    cbaudex = 0x1000,
    csize = 060,
    cs8 = 060,
    cread = 0200,
    parenb = 0400
};
enum local_flag : u32 {
    isig = 1,
    icanon = 2,
    echo = 010,
    echoe = 020,
    echok = 040,
    echonl = 0100,
    noflsh = 0200,
    tostop = 0400,
    echoctl = 01000,
    echoprt = 02000,
    echoke = 04000,
    iexten = 0100000,
    extproc = 0200000
};

/// struct termios2; struct termios is the same without the speeds.
struct settings {
    u32 input = icrnl | ixon;
    u32 output = opost | onlcr;
    u32 control = cs8 | cread | 0xf;  // B38400
    u32 local = isig | icanon | echo | echoe | echok | echoctl | echoke | iexten;
    u8 line = 0;
    u8 characters[19] = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0};
    u32 input_speed = 38400, output_speed = 38400;
};
static_assert(sizeof(settings) == 44);
inline constexpr usize without_speeds = 36;

/// struct termio of System V: the lower halves of the flags and eight characters.
struct old_settings {
    u16 input, output, control, local;
    u8 line;
    u8 characters[8];
    u8 padding;
};
static_assert(sizeof(old_settings) == 18);

/// Sets the speeds in numbers to what the bits of `control` name, unless they say "other".
void name_speeds(settings& s) noexcept;

}  // namespace osprey::fs::termios
