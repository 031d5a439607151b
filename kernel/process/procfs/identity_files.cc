// SPDX-License-Identifier: BSD-3-Clause
// What /proc/PID tells about how a process was started and whose it is: cmdline, environ, auxv,
// comm, limits, user namespaces (proc(5)).
#include <process/process_table.hh>
#include <process/procfs/procfs.hh>

namespace osprey::proc {

namespace {

result<void> show_cmdline(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    return p->is_zombie() ? result<void>{} : out.append(p->command_line.view());
}

result<void> show_environ(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    return p->is_zombie() ? result<void>{} : out.append(p->environment.view());
}

result<void> show_comm(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    auto t = of.find_thread();
    TRY_VOID(out.append(t ? t.value()->name() : std::string_view{p->account.name}));
    return out.push_back('\n');
}

/// All of it becomes the name, as far as there is room, a newline too. Only threads of the process
/// itself may be named so.
result<void> store_comm(const subject& of, std::string_view text) noexcept {
    auto t = TRY(of.find_thread());
    if (&t->owner() != &current_process())
        return errc::invalid_argument;
    t->set_name(text);
    return ok;
}

result<void> show_auxv(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    usize words = 0;
    while (words + 2 < std::size(p->auxiliary_vector) && p->auxiliary_vector[words] != 0)
        words += 2;
    return out.append({reinterpret_cast<const char*>(p->auxiliary_vector), (words + 2) * 8});
}

result<void> append_padded(string& out, std::string_view text, usize width) noexcept {
    TRY_VOID(out.append(text));
    for (usize i = text.size(); i < width; ++i)
        TRY_VOID(out.push_back(' '));
    return ok;
}

result<void> show_limits(const subject& of, string& out) noexcept {
    static constexpr struct {
        std::string_view name, unit;
    } rows[resource_limit_count] = {
        {"Max cpu time", "seconds"},     {"Max file size", "bytes"},
        {"Max data size", "bytes"},      {"Max stack size", "bytes"},
        {"Max core file size", "bytes"}, {"Max resident set", "bytes"},
        {"Max processes", "processes"},  {"Max open files", "files"},
        {"Max locked memory", "bytes"},  {"Max address space", "bytes"},
        {"Max file locks", "locks"},     {"Max pending signals", "signals"},
        {"Max msgqueue size", "bytes"},  {"Max nice priority", ""},
        {"Max realtime priority", ""},   {"Max realtime timeout", "us"},
    };
    auto p = TRY(of.find());
    TRY_VOID(out.append(
        "Limit                     Soft Limit           Hard Limit           Units     \n"));
    for (unsigned i = 0; i < resource_limit_count; ++i) {
        TRY_VOID(append_padded(out, rows[i].name, 26));
        for (u64 value : {p->limits[i].soft, p->limits[i].hard}) {
            fixed_text<24> text;
            if (value == ~u64{0})
                text.append("unlimited");
            else
                format_to<u64>(text, "{}", value);
            TRY_VOID(append_padded(out, text.view(), 21));
        }
        TRY_VOID(append_padded(out, rows[i].unit, rows[i].unit.empty() ? 0 : 10));
        TRY_VOID(out.push_back('\n'));
    }
    return ok;
}

result<void> show_personality(const subject& of, string& out) noexcept {
    return print(out, "{:08x}\n", TRY(of.find())->personality);
}

/// Nobody has logged in: there is no audit.
result<void> show_no_login(const subject& of, string& out) noexcept {
    TRY_VOID(of.find());
    return out.append("4294967295");
}

/// All users are what they are: there is one user namespace.
result<void> show_id_map(const subject& of, string& out) noexcept {
    TRY_VOID(of.find());
    return out.append("         0          0 4294967295\n");
}

result<void> show_setgroups(const subject& of, string& out) noexcept {
    TRY_VOID(of.find());
    return out.append("allow\n");
}

result<void> show_children(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    sync::lock_guard guard{table_mutex};
    for (process& child : process_access::children(*p))
        TRY_VOID(print(out, "{} ", child.pid()));
    return ok;
}

constexpr subject_file files[] = {
    {"auxv", 0400, show_auxv},
    {"children", 0444, show_children},
    {"cmdline", 0444, show_cmdline},
    {"comm", 0644, show_comm, store_comm},
    {"environ", 0400, show_environ},
    {"gid_map", 0444, show_id_map},
    {"limits", 0444, show_limits},
    {"loginuid", 0444, show_no_login},
    {"personality", 0400, show_personality},
    {"sessionid", 0444, show_no_login},
    {"setgroups", 0444, show_setgroups},
    {"uid_map", 0444, show_id_map},
};

}  // namespace

std::span<const subject_file> identity_files() noexcept {
    return files;
}

}  // namespace osprey::proc
