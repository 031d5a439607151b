// SPDX-License-Identifier: BSD-3-Clause
#include <iterator>
#include <linux/iovec.hh>
#include <memory/user_pointer.hh>

namespace osprey::abi {

result<void> io_vector::load(virtual_address from, usize count) noexcept {
    if (count > most_segments)
        return errc::invalid_argument;
    vfs::io_segment* to = here_;
    if (count > std::size(here_)) {
        heap_ = static_cast<vfs::io_segment*>(allocate(count * sizeof(vfs::io_segment)));
        if (!heap_)
            return errc::out_of_memory;
        to = heap_;
    }
    count_ = count;
    TRY_VOID(memory::copy_from_user(to, from, count * sizeof(vfs::io_segment)));
    bool outside = false;  // told only if no length is wrong: Linux looks at those first
    for (usize i = 0; i < count; ++i) {
        if (static_cast<i64>(to[i].bytes) < 0)
            return errc::invalid_argument;
        outside = outside || !memory::is_application_range(to[i].base, to[i].bytes);
        // What goes beyond the limit of one transfer is cut off, as Linux does.
        if (to[i].bytes > transfer_limit - bytes_)
            to[i].bytes = transfer_limit - bytes_;
        bytes_ += to[i].bytes;
    }
    if (outside)
        return errc::bad_address;
    return {};
}

}  // namespace osprey::abi
