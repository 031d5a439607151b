// SPDX-License-Identifier: BSD-3-Clause
#include <linux/control_messages.hh>

namespace osprey::abi {
namespace {
constexpr i32 scm_rights = 1;
constexpr usize most_files = 253;             // SCM_MAX_FD
constexpr usize most_control_bytes = 20'480;  // net.core.optmem_max
}  // namespace

result<void> control_input::take_files(std::span<const u8> numbers) noexcept {
    const usize count = numbers.size() / sizeof(i32);
    if (files_.size() + count > most_files)
        return errc::invalid_argument;
    for (usize i = 0; i < count; ++i) {
        i32 fd;
        std::memcpy(&fd, numbers.data() + i * sizeof fd, sizeof fd);
        TRY_VOID(files_.push_back(TRY(file_of({fd}))));
    }
    return ok;
}

result<void> control_input::load(net::socket& s, virtual_address from, u64 bytes) noexcept {
    if (bytes == 0)
        return ok;
    if (bytes > most_control_bytes)
        return errc::no_buffers;
    records_ = TRY(room_.reserve(bytes));
    TRY_VOID(memory::copy_from_user(records_.data(), from, bytes));
    return net::for_each_control(
        records_, [&](int level, int type, std::span<const u8> data) -> result<void> {
            // Other families than AF_UNIX pass over it, but for AF_NETLINK.
            if (level != net::sol_socket || type != scm_rights)
                return ok;
            if (s.family() == net::af_netlink)
                return errc::invalid_argument;
            return s.family() == net::af_unix ? take_files(data) : result<void>{ok};
        });
}

result<usize> deliver_files(vector<refptr<vfs::file>>& files, virtual_address where, usize room,
                            bool close_on_exec, bool& truncated) noexcept {
    const usize slots = room < sizeof(abi_cmsghdr) ? 0 : (room - sizeof(abi_cmsghdr)) / sizeof(i32);
    const usize wanted = files.size() < slots ? files.size() : slots;
    vfs::descriptor_table& table = *proc::current_process().descriptors;
    const virtual_address numbers = where + sizeof(abi_cmsghdr);
    usize given = 0;
    for (; given < wanted; ++given) {
        auto fd = install(std::move(files[given]), close_on_exec);
        if (!fd)
            break;
        if (!memory::user_ptr<i32>{numbers}.at(given).store(*fd)) {
            (void)table.close(*fd);
            break;
        }
    }
    if (given < files.size())
        truncated = true;
    files.clear();
    if (given == 0)
        return usize{0};
    const usize length = sizeof(abi_cmsghdr) + given * sizeof(i32);
    TRY_VOID(memory::user_ptr<abi_cmsghdr>{where}.store({length, net::sol_socket, scm_rights}));
    const usize step = align_up(length, 8);
    return step < room ? step : room;
}

}  // namespace osprey::abi
