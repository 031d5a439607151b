// SPDX-License-Identifier: BSD-3-Clause
// /proc/sys: the settings that programs look at (proc(5), sysctl(8)). What can be written takes
// effect; everything else is read-only.
#include <arch/cpu.hh>
#include <base/assert.hh>
#include <base/log.hh>
#include <base/system_name.hh>
#include <fs/proc/net_files.hh>
#include <fs/tty/pty.hh>
#include <memory/frame.hh>
#include <memory/reclaim.hh>
#include <sync/random_pool.hh>
#include <vfs/dentry_cache.hh>

namespace osprey::fs {

namespace {

result<void> show_host_name(string& out) noexcept {
    char room[host_name_limit + 1];
    return print(out, "{}\n", host_name(room));
}

result<void> store_host_name(std::string_view text) noexcept {
    set_host_name(text.substr(0, text.find('\n')));
    return ok;
}

/// Cached names, unused ones among them (not counted apart), age limit, wanted pages, negative
/// ones.
result<void> show_names(string& out) noexcept {
    const auto now = vfs::dentry_cache::get_statistics();
    return print(out, "{}\t{}\t45\t0\t{}\t0\n", now.names, now.names, now.negative);
}

/// A random UUID in its text form (RFC 4122 §4.4).
result<void> print_uuid(string& out, const u8 (&random)[16]) noexcept {
    for (unsigned i = 0; i < 16; ++i) {
        u8 byte = random[i];
        if (i == 6)
            byte = (byte & 0x0f) | 0x40;
        if (i == 8)
            byte = (byte & 0x3f) | 0x80;
        if (i == 4 || i == 6 || i == 8 || i == 10)
            TRY_VOID(out.push_back('-'));
        TRY_VOID(print(out, "{:02x}", byte));
    }
    return out.push_back('\n');
}

result<void> show_uuid(string& out) noexcept {
    u8 random[16];
    random_bytes(random, sizeof random);
    return print_uuid(out, random);
}

constinit sync::guarded<string> boot_id;

result<void> show_boot_id(string& out) noexcept {
    return boot_id.with([&out](string& text) -> result<void> {
        if (text.empty())
            TRY_VOID(show_uuid(text));
        return out.append(text.view());
    });
}

constinit std::atomic<u32> dropped_last{0};

result<void> show_dropped(string& out) noexcept {
    return print(out, "{}\n", dropped_last.load());
}

/// Bit 0: pages of files, bit 1: names. Dirty pages stay.
result<void> drop_caches(std::string_view text) noexcept {
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (text.size() != 1 || text[0] < '1' || text[0] > '4')
        return errc::invalid_argument;
    const u32 what = static_cast<u32>(text[0] - '0');
    if (what & 2)
        (void)vfs::dentry_cache::reclaim(~usize{0});
    if (what & 1)
        memory::drop_page_cache();
    dropped_last.store(what);
    return ok;
}

result<void> show_reserve(string& out) noexcept {
    return print(out, "{}\n", memory::get_statistics().reserve * (page_size / 1024));
}

result<void> show_pty_count(string& out) noexcept {
    return print(out, "{}\n", pty_count());
}

/// /proc/sysrq-trigger, proc(5): `c` crashes the kernel, to see that a crash is reported.
result<void> trigger(std::string_view text) noexcept {
    if (text.starts_with('c'))
        panic("a program asked for a crash (/proc/sysrq-trigger)");
    log::warning("proc: sysrq-trigger knows no command but c");
    return errc::invalid_argument;
}

}  // namespace

result<void> add_system_knobs(synthetic_directory& top) noexcept {
    TRY_VOID(top.file("sysrq-trigger", {nullptr, trigger}));
    auto sys = TRY(top.directory("sys"));
    sys->refuse_writers();
    auto kernel = TRY(sys->directory("kernel"));
    TRY_VOID(kernel->constant("ostype", system_name::system));
    TRY_VOID(kernel->constant("osrelease", system_name::release));
    TRY_VOID(kernel->constant("version", system_name::version));
    TRY_VOID(kernel->constant("domainname", system_name::domain));
    TRY_VOID(kernel->file("hostname", {show_host_name, store_host_name}));
    const struct {
        std::string_view name, value;
    } kernel_values[] = {
        {"pid_max", "4194304"},
        {"threads-max", "4194304"},
        {"cap_last_cap", "40"},
        {"ngroups_max", "65536"},
        {"overflowuid", "65534"},
        {"overflowgid", "65534"},
        {"randomize_va_space", "2"},
        {"core_pattern", ""},
        {"sched_rt_runtime_us", "-1"},
        {"perf_event_paranoid", "4"},
        {"msgmax", "8192"},
        {"msgmnb", "16384"},
        {"msgmni", "32000"},
        {"shm_rmid_forced", "0"},
        {"shmmax", "18446744073692774399"},
        {"shmall", "18446744073692774399"},
        {"shmmni", "4096"},
        {"sem", "32000\t1024000000\t500\t32000"},
    };
    for (const auto& v : kernel_values)
        TRY_VOID(kernel->constant(v.name, v.value));
    auto ptys = TRY(kernel->directory("pty"));
    TRY_VOID(ptys->constant("max", TRY(string::format("{}", pty::most)).view()));
    TRY_VOID(ptys->file("nr", {show_pty_count, nullptr}));
    auto random = TRY(kernel->directory("random"));
    TRY_VOID(random->constant("entropy_avail", "256"));
    TRY_VOID(random->constant("poolsize", "256"));
    TRY_VOID(random->file("uuid", {show_uuid, nullptr}));
    TRY_VOID(random->file("boot_id", {show_boot_id, nullptr}));

    auto vm = TRY(sys->directory("vm"));
    const struct {
        std::string_view name, value;
    } vm_values[] = {
        {"overcommit_memory", "1"}, {"overcommit_ratio", "50"}, {"swappiness", "0"},
        {"max_map_count", "65530"}, {"mmap_min_addr", "65536"}, {"nr_hugepages", "0"},
    };
    for (const auto& v : vm_values)
        TRY_VOID(vm->constant(v.name, v.value));
    TRY_VOID(vm->file("drop_caches", {show_dropped, drop_caches}));
    TRY_VOID(vm->file("min_free_kbytes", {show_reserve, nullptr}));
    const struct {
        std::string_view name;
        u64 value;
    } write_back[] = {
        {"dirty_background_ratio", memory::background_dirty_percent},
        {"dirty_ratio", memory::dirty_percent},
        {"dirty_writeback_centisecs", memory::write_back_centiseconds},
    };
    for (const auto& v : write_back)
        TRY_VOID(vm->constant(v.name, TRY(string::format("{}", v.value)).view()));

    auto fs = TRY(sys->directory("fs"));
    const struct {
        std::string_view name, value;
    } fs_values[] = {
        {"file-max", "9223372036854775807"},
        {"nr_open", "1048576"},
        {"pipe-max-size", "1048576"},
        {"aio-max-nr", "65536"},
    };
    for (const auto& v : fs_values)
        TRY_VOID(fs->constant(v.name, v.value));
    TRY_VOID(fs->file("dentry-state", {show_names, nullptr}));
    auto queues = TRY(fs->directory("mqueue"));
    const struct {
        std::string_view name, value;
    } queue_values[] = {
        {"queues_max", "256"}, {"msg_max", "10"},           {"msgsize_max", "8192"},
        {"msg_default", "10"}, {"msgsize_default", "8192"},
    };
    for (const auto& v : queue_values)
        TRY_VOID(queues->constant(v.name, v.value));
    auto inotify = TRY(fs->directory("inotify"));
    TRY_VOID(inotify->constant("max_user_watches", "65536"));
    TRY_VOID(inotify->constant("max_user_instances", "1024"));
    TRY_VOID(inotify->constant("max_queued_events", "16384"));
    return add_network_knobs(*sys);
}

}  // namespace osprey::fs
