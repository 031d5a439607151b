// SPDX-License-Identifier: BSD-3-Clause
//
// The working directory, and reading directories.
#include <base/scope_exit.hh>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/user_string.hh>

namespace osprey::abi {
namespace {

/// Collects entries in the form of getdents64(2) or the older getdents(2) in kernel memory: the
/// application's may fault, which must not happen under the directory's lock.
class entry_list final : public vfs::directory_sink {
public:
    entry_list(u8* room, usize bytes, bool modern) noexcept
        : room_{room}, bytes_{bytes}, modern_{modern} {}

    bool add(std::string_view name, u64 inode, vfs::node_type type, u64 next) noexcept override {
        const usize fixed = modern_ ? dirent64_name_offset : dirent_name_offset;
        // The old form keeps the type in the last byte, after the name.
        const usize size = align_up(fixed + name.size() + 1 + (modern_ ? 0 : 1), 8);
        if (size > bytes_ - used_) {
            full_ = true;
            return false;
        }
        u8* at = room_ + used_;
        std::memset(at, 0, size);
        const u8 kind = static_cast<u8>(static_cast<u32>(type) >> 12);  // DT_* of readdir(3)
        const u16 stored_size = static_cast<u16>(size);
        std::memcpy(at, &inode, 8);
        std::memcpy(at + 8, &next, 8);
        std::memcpy(at + 16, &stored_size, 2);
        if (modern_)
            at[18] = kind;
        else
            at[size - 1] = kind;
        std::memcpy(at + fixed, name.data(), name.size());
        used_ += size;
        return true;
    }
    [[nodiscard]] usize used() const noexcept { return used_; }
    [[nodiscard]] bool full() const noexcept { return full_; }

private:
    u8* room_;
    usize bytes_, used_ = 0;
    bool modern_, full_ = false;
};

reply read_entries(fd_number fd, virtual_address to, u32 count, bool modern) noexcept {
    auto file = TRY(file_of(fd));
    if (!file->node() || !file->node()->is_directory())
        return errc::not_directory;
    const usize room = count < 32768 ? count : 32768;
    if (room == 0 || static_cast<i32>(count) < 0)  // an `int` further down, in Linux
        return errc::invalid_argument;
    auto* text = static_cast<u8*>(allocate(room, 8));
    if (!text)
        return errc::out_of_memory;
    scope_exit free_text{[&] {
        deallocate(text, room);
    }};
    entry_list list{text, room, modern};
    TRY_VOID(file->read_directory(list));
    vfs::tell_file(*file, vfs::was_read);
    if (list.used() == 0 && list.full())
        return errc::invalid_argument;
    TRY_VOID(memory::copy_to_user(to, text, list.used()));
    return list.used();
}

}  // namespace

reply calls::getdents64(fd_number fd, bytes_out<2> entries, u32 count) noexcept {
    return read_entries(fd, entries.where, count, true);
}
reply calls::getdents(fd_number fd, bytes_out<2> entries, u32 count) noexcept {
    return read_entries(fd, entries.where, count, false);
}

reply calls::getcwd(bytes_out<1> buffer, usize size) noexcept {
    const vfs::path cwd = directories().cwd();
    if (cwd.entry->deleted())
        return errc::no_entry;
    auto name = TRY(vfs::name_of(cwd, directories().root()));
    const usize needed = name.size() + 1;
    if (needed > size)
        return errc::range;
    TRY_VOID(memory::copy_to_user(buffer.where, name.c_str(), needed));
    return needed;
}

reply calls::chdir(user_path path) noexcept {
    return directories().set_cwd(TRY(resolve_here(path, vfs::follow_last | vfs::want_directory)));
}

reply calls::fchdir(fd_number fd) noexcept {
    auto file = TRY(file_or_path_of(fd));
    if (!file->opened_as || !file->node() || !file->node()->is_directory())
        return errc::not_directory;
    return directories().set_cwd(file->opened_as);
}

reply calls::chroot(user_path path) noexcept {
    return directories().set_root(TRY(resolve_here(path, vfs::follow_last | vfs::want_directory)));
}

reply calls::umask(mode_bits mask) noexcept {
    return directories().umask.exchange(mask.value & 0777);
}

}  // namespace osprey::abi
