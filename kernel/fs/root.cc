// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <fs/dev/dev.hh>
#include <fs/mqueue/mqueue.hh>
#include <fs/overlay/overlay.hh>
#include <fs/pipe/pipe.hh>
#include <fs/proc/proc.hh>
#include <fs/ram/ram.hh>
#include <fs/root.hh>
#include <fs/sys/sys.hh>
#include <fs/trace/tracefs.hh>
#include <fs/tty/pty.hh>
#include <memory/reclaim.hh>
#include <vfs/dentry_cache.hh>
#include <vfs/lookup.hh>

namespace osprey::fs {

namespace {

result<refptr<vfs::filesystem>> make_proc(std::string_view, std::string_view) noexcept {
    return refptr<vfs::filesystem>{TRY(proc_filesystem())};
}
result<refptr<vfs::filesystem>> make_sys(std::string_view, std::string_view) noexcept {
    return refptr<vfs::filesystem>{TRY(sys_filesystem())};
}
result<refptr<vfs::filesystem>> make_trace(std::string_view, std::string_view) noexcept {
    return refptr<vfs::filesystem>{TRY(trace_filesystem())};
}
result<refptr<vfs::filesystem>> make_dev(std::string_view, std::string_view) noexcept {
    return make_device_filesystem();
}
result<refptr<vfs::filesystem>> make_tmp(u32 permissions) noexcept {
    ram_filesystem::options how;
    how.root_permissions = permissions;
    return refptr<vfs::filesystem>{TRY(ram_filesystem::create(how))};
}

constinit vfs::filesystem_type proc_type{"proc", false, make_proc};
constinit vfs::filesystem_type sys_type{"sysfs", false, make_sys};
constinit vfs::filesystem_type trace_type{"tracefs", false, make_trace};
constinit vfs::filesystem_type dev_type{"devtmpfs", false, make_dev};
constinit memory::shrinker unused_names{[](u64 names) noexcept -> u64 {
    return vfs::dentry_cache::reclaim(names);
}};

result<void> mount_one(vfs::directory_context& context, std::string_view where,
                       result<refptr<vfs::filesystem>> fs, u32 flags) noexcept {
    if (!fs)
        return fs.error();
    if (auto made = vfs::make_directory(context, {}, where, 0755); !made)
        if (made.error() != errc::exists)
            return made;
    const vfs::path at = TRY(vfs::resolve(context, {}, where, vfs::want_directory));
    return vfs::mount_at(at, std::move(*fs), flags);
}

}  // namespace

void register_filesystems() noexcept {
    vfs::register_filesystem(proc_type);
    vfs::register_filesystem(sys_type);
    vfs::register_filesystem(dev_type);
    vfs::register_filesystem(trace_type);
    register_ram_filesystem();
    register_devices();
    register_pipes();
    register_mqueue_filesystem();
    // Names may take a few percent of the memory: one is some 200 bytes with its vnode.
    const u64 pages = memory::get_statistics().total;
    vfs::dentry_cache::set_limit(pages / 2 < 1024 ? 1024 : pages / 2);
    memory::register_shrinker(unused_names);
}

result<void> mount_root_tree(refptr<vfs::filesystem> lower) noexcept {
    TRY_VOID(vfs::mount_root(TRY(overlay_filesystem::create(std::move(lower))),
                             vfs::mount_relative_atime));
    auto context = TRY(vfs::directory_context::create(vfs::root_path(), vfs::root_path(), 0));
    auto attempt = [&](std::string_view where, result<refptr<vfs::filesystem>> fs, u32 flags) {
        if (auto done = mount_one(*context, where, std::move(fs), flags); !done)
            log::warning("mount {}: {}", where, name_of(done.error()));
    };
    constexpr u32 quiet =
        vfs::mount_no_suid | vfs::mount_no_devices | vfs::mount_no_exec | vfs::mount_relative_atime;
    attempt("/dev", make_device_filesystem(), vfs::mount_no_suid | vfs::mount_relative_atime);
    attempt("/dev/pts", pts_filesystem(),
            vfs::mount_no_suid | vfs::mount_no_exec | vfs::mount_relative_atime);
    attempt("/dev/shm", make_tmp(01777), vfs::mount_no_suid | vfs::mount_no_devices);
    attempt("/dev/mqueue", mqueue_filesystem(), quiet);
    attempt("/proc", make_proc({}, {}), quiet);
    attempt("/sys", make_sys({}, {}), quiet);
    attempt("/sys/kernel/tracing", make_trace({}, {}), quiet);
    attempt("/sys/kernel/debug/tracing", make_trace({}, {}), quiet);
    // The overlay is RAM already, and an image may bring files in /tmp: no mount hides them.
    if (auto made = vfs::make_directory(*context, {}, "/tmp", 01777); !made)
        if (made.error() != errc::exists)
            log::warning("make /tmp: {}", name_of(made.error()));
    return ok;
}

}  // namespace osprey::fs
