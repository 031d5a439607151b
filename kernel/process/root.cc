// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <drivers/block/block_device.hh>
#include <fs/dev/dev.hh>
#include <fs/erofs/erofs.hh>
#include <fs/overlay/overlay.hh>
#include <fs/proc/proc.hh>
#include <fs/ram/ram.hh>
#include <fs/sys/sys.hh>
#include <process/control_channel.hh>
#include <process/root.hh>
#include <vfs/lookup.hh>

namespace osprey::proc {
namespace {

errc fail(std::string_view what, errc error) noexcept {
    fixed_text<200> text;
    format_to(text, "{} ({})", what, name_of(error));
    log::error("root: {}", text.view());
    tell_error(text.view());
    return error;
}

refptr<drivers::block_device> find_disk(std::string_view name) noexcept {
    if (name.starts_with("/dev/"))
        name.remove_prefix(5);
    if (!name.empty())
        return drivers::find_block_device(name);
    refptr<drivers::block_device> first;
    drivers::for_each_block_device(
        [](drivers::block_device& disk, void* context) {
            *static_cast<refptr<drivers::block_device>*>(context) =
                refptr<drivers::block_device>{&disk};
            return false;
        },
        &first);
    return first;
}

/// Mounts `fs` at a directory, which is made if the image lacks it.
template <typename Filesystem>
result<void> mount_below(vfs::directory_context& context, std::string_view where,
                         result<refptr<Filesystem>> fs) noexcept {
    if (!fs)
        return fs.error();
    const vfs::path root = vfs::root_path();
    auto made = vfs::make_directory(context, root, where, 0755);
    if (!made && made.error() != errc::exists)
        return made.error();
    const vfs::path at = TRY(vfs::resolve(context, root, where, vfs::follow_last));
    return vfs::mount_at(at, refptr<vfs::filesystem>{std::move(*fs)}, 0);
}

struct mount_step {
    std::string_view where;
    result<void> (*run)(vfs::directory_context& context, std::string_view where) noexcept;
};

constexpr mount_step steps[] = {
    {"/proc",
     [](vfs::directory_context& c, std::string_view where) noexcept {
         return mount_below(c, where, fs::proc_filesystem());
     }},
    {"/sys",
     [](vfs::directory_context& c, std::string_view where) noexcept {
         return mount_below(c, where, fs::sys_filesystem());
     }},
    {"/dev",
     [](vfs::directory_context& c, std::string_view where) noexcept {
         return mount_below(c, where, fs::make_device_filesystem());
     }},
    {"/tmp",
     [](vfs::directory_context& c, std::string_view where) noexcept {
         return mount_below(c, where, fs::ram_filesystem::create({}));
     }},
};

}  // namespace

result<void> mount_root(std::string_view disk_name) noexcept {
    auto disk = find_disk(disk_name);
    if (!disk)
        return fail(disk_name.empty() ? "there is no disk with a root image"
                                      : "the disk that --root names does not exist",
                    errc::no_device);
    auto image = fs::erofs::mount(disk);
    if (!image)
        return fail("the root image was refused, see the log", image.error());
    auto whole = fs::overlay_filesystem::create(std::move(*image));
    if (!whole)
        return fail("no overlay over the root image", whole.error());
    if (auto mounted = vfs::mount_root(refptr<vfs::filesystem>{std::move(*whole)}, 0); !mounted)
        return fail("cannot mount the root", mounted.error());
    auto context = TRY(vfs::directory_context::create(vfs::root_path(), vfs::root_path(), 0));
    for (const mount_step& step : steps)
        if (auto mounted = step.run(*context, step.where); !mounted)
            return fail(step.where, mounted.error());
    return ok;
}

}  // namespace osprey::proc
