// SPDX-License-Identifier: BSD-3-Clause
// Access to application memory that may fault: the host's kernel copies, and tells how far it came.
#include <sys/uio.h>
#include <unistd.h>
#include <arch/user_access.hh>

namespace osprey::arch {
namespace {

/// @return how many bytes from `at` on can be read, at most `bytes`, by trying.
usize read_here(void* to, const void* from, usize bytes) noexcept {
    constexpr usize page = 4096;
    usize done = 0;
    while (done < bytes) {
        const u64 at = reinterpret_cast<u64>(from) + done;
        const usize left_in_page = page - at % page;
        const usize n = bytes - done < left_in_page ? bytes - done : left_in_page;
        const iovec here{static_cast<char*>(to) + done, n};
        const iovec there{reinterpret_cast<void*>(at), n};
        if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) != static_cast<ssize_t>(n))
            break;
        done += n;
    }
    return done;
}

}  // namespace

usize copy_user(void* to, const void* from, usize bytes) noexcept {
    return bytes - read_here(to, from, bytes);
}

i64 user_string_length(const char* text, usize limit) noexcept {
    for (usize length = 0; length < limit; ++length) {
        char c;
        if (read_here(&c, text + length, 1) != 1)
            return -1;
        if (c == '\0')
            return static_cast<i64>(length);
    }
    return static_cast<i64>(limit);
}

}  // namespace osprey::arch
