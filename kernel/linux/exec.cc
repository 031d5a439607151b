// SPDX-License-Identifier: BSD-3-Clause
#include <arch/context.hh>
#include <base/scope_exit.hh>
#include <base/vector.hh>
#include <linux/descriptors.hh>
#include <linux/syscalls.hh>
#include <linux/user_string.hh>

namespace osprey::abi {
namespace {

constexpr usize one_string_limit = 128 * 1024;  // MAX_ARG_STRLEN

/// The strings of an argument or environment list, copied into kernel memory.
class string_list {
public:
    /// @return `errc::argument_list_too_long`, `errc::bad_address`.
    result<void> load(virtual_address list, usize& budget) noexcept {
        if (list == 0)  // Linux takes a null list for an empty one
            return {};
        for (usize i = 0;; ++i) {
            const u64 at = TRY(memory::user_ptr<const u64>{list}.at(i).load());
            if (at == 0)
                break;
            TRY_VOID(add(at, budget));
        }
        // Only now, for the text moves while it grows
        TRY_VOID(views_.reserve(starts_.size()));
        for (usize start : starts_)
            TRY_VOID(views_.push_back(std::string_view{text_.data() + start}));
        return {};
    }
    [[nodiscard]] const std::string_view* data() const noexcept { return views_.data(); }
    [[nodiscard]] usize size() const noexcept { return views_.size(); }

private:
    result<void> add(virtual_address from, usize& budget) noexcept {
        if (from >= arch::application_limit)
            return errc::bad_address;
        const i64 length =
            arch::user_string_length(reinterpret_cast<const char*>(from), one_string_limit);
        if (length < 0)
            return errc::bad_address;
        const usize size = static_cast<usize>(length) + 1;
        if (size > one_string_limit || size + sizeof(u64) > budget)
            return errc::argument_list_too_long;
        budget -= size + sizeof(u64);
        const usize start = text_.size();
        if (start + size > text_.capacity())
            TRY_VOID(text_.reserve(2 * (start + size)));
        TRY_VOID(text_.resize(start + size));
        TRY_VOID(memory::copy_from_user(text_.data() + start, from, size - 1));
        text_[start + size - 1] = '\0';
        return starts_.push_back(start);
    }
    vector<char> text_;
    vector<usize> starts_;
    vector<std::string_view> views_;
};

reply execute(const vfs::path& program, std::string_view name, address arguments,
              address environment, bool closed_by_exec = false) noexcept {
    // A quarter of the stack limit, at least 128 KB (execve(2), "Limits on size of arguments").
    const u64 stack = proc::current_process().limits[3].soft;
    usize budget = stack / 4 < 128 * 1024 ? 128 * 1024 : stack / 4;
    if (budget > 6 * 1024 * 1024)
        budget = 6 * 1024 * 1024;
    string_list argument_list, environment_list;
    TRY_VOID(argument_list.load(arguments.value, budget));
    TRY_VOID(environment_list.load(environment.value, budget));
    constexpr std::string_view none[] = {""};
    const bool empty = argument_list.size() == 0;  // Linux gives such a program one empty argument
    TRY_VOID(proc::execute(program, name, empty ? none : argument_list.data(),
                           empty ? 1 : argument_list.size(), environment_list.data(),
                           environment_list.size(), closed_by_exec));
    // The registers are those of the new program by now.
    return static_cast<i64>(arch::application_frame().syscall_result());
}

}  // namespace

reply calls::execve(user_path path, address arguments, address environment) noexcept {
    user_string name;
    TRY_VOID(name.load(path));
    const vfs::path program = TRY(resolve_here(path, vfs::follow_last));
    return execute(program, name.view(), arguments, environment);
}

reply calls::execveat(dir_fd dir, user_path path, address arguments, address environment,
                      flags<at_flags> how) noexcept {
    TRY_VOID(how.only(at_flags::at_empty_path | at_flags::at_symlink_nofollow));
    user_string name;
    TRY_VOID(name.load(path, how.has(at_flags::at_empty_path) ? user_string::empty::allowed
                                                              : user_string::empty::refused));
    const vfs::path program = TRY(resolve_at(dir, path, how.bits));
    if (!program)
        return errc::access_denied;
    if (program.node()->type() == vfs::node_type::symlink)
        return errc::too_many_symlinks;
    if (dir.value == at_cwd.value || name.view().starts_with('/'))
        return execute(program, name.view(), arguments, environment);
    fixed_text<path_limit> shown;  // as Linux calls it, for scripts and /proc
    format_to(shown, "/dev/fd/{}", dir.value);
    if (!name.view().empty()) {
        shown.append("/");
        shown.append(name.view());
    }
    auto closes = proc::current_process().descriptors->close_on_exec(dir.value);
    return execute(program, shown.view(), arguments, environment, closes && *closes);
}

}  // namespace osprey::abi
