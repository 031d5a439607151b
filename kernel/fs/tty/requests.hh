// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::fs {

/// Requests of ioctl(2) that terminals know (asm-generic/ioctls.h; the same on x86-64 and arm64).
struct tty_request {
    enum : u32 {
        tcgets = 0x5401,
        tcsets = 0x5402,
        tcsetsw = 0x5403,
        tcsetsf = 0x5404,
        tcgeta = 0x5405,
        tcseta = 0x5406,
        tcsetaw = 0x5407,
        tcsetaf = 0x5408,
        tcsbrk = 0x5409,
        tcxonc = 0x540a,
        tcflsh = 0x540b,
        tiocexcl = 0x540c,
        tiocnxcl = 0x540d,
        tiocsctty = 0x540e,
        tiocgpgrp = 0x540f,
        tiocspgrp = 0x5410,
        tiocoutq = 0x5411,
        tiocsti = 0x5412,
        tiocgwinsz = 0x5413,
        tiocswinsz = 0x5414,
        fionread = 0x541b,
        tiocpkt = 0x5420,
        tiocnotty = 0x5422,
        tiocsetd = 0x5423,
        tiocgetd = 0x5424,
        tcsbrkp = 0x5425,
        tiocsbrk = 0x5427,
        tioccbrk = 0x5428,
        tiocgsid = 0x5429,
        tcgets2 = 0x802c542a,
        tcsets2 = 0x402c542b,
        tcsetsw2 = 0x402c542c,
        tcsetsf2 = 0x402c542d,
        tiocgptn = 0x80045430,
        tiocsptlck = 0x40045431,
        tiocgdev = 0x80045432,
        tiocsig = 0x40045436,
        tiocvhangup = 0x5437,
        tiocgpkt = 0x80045438,
        tiocgptlck = 0x80045439,
        tiocgexcl = 0x80045440,
        tiocgptpeer = 0x5441,
    };
};

}  // namespace osprey::fs
