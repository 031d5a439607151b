// SPDX-License-Identifier: BSD-3-Clause
#include <linux/iovec.hh>
#include <linux/syscalls.hh>
#include <process/task.hh>
#include <sync/random_pool.hh>

namespace osprey::abi {

reply calls::getrandom(bytes_out<1> buffer, usize count, flags<random_flags> how) noexcept {
    TRY_VOID(how.only());
    if (how.has(random_flags::grnd_random | random_flags::grnd_insecure))
        return errc::invalid_argument;
    if (count > 0x7fff'ffff)
        count = 0x7fff'ffff;
    u8 part[256];
    for (usize copied = 0; copied < count;) {
        const usize n = count - copied < sizeof part ? count - copied : sizeof part;
        random_bytes(part, n);
        const virtual_address to = buffer.where + copied;
        usize left = n;
        if (memory::is_application_range(to, n))
            left = arch::copy_user(reinterpret_cast<void*>(to), part, n);
        copied += n - left;
        if (left)
            return copied ? reply{copied} : reply{errc::bad_address};
        // A long request can be interrupted between parts, once it has something to show.
        if (copied < count && proc::signal_pending())
            return copied;
    }
    return count;
}

}  // namespace osprey::abi
