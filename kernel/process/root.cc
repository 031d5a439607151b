// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <drivers/block/block_device.hh>
#include <drivers/block/verity/verified_disk.hh>
#include <fs/erofs/erofs.hh>
#include <fs/proc/proc.hh>
#include <fs/root.hh>
#include <process/cgroup/cgroup.hh>
#include <process/control_channel.hh>
#include <process/procfs/procfs.hh>
#include <process/root.hh>

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

}  // namespace

result<void> mount_root(std::string_view disk_name, std::string_view root_hash) noexcept {
    // Whatever the program makes of the error: the user gets to know.
    drivers::verity::watch_damage([](std::string_view disk, u64 block) noexcept {
        fixed_text<200> text;
        format_to(text, "the image is damaged: block {} of {} does not match its checksum", block,
                  disk);
        tell_damaged_image(text.view());
    });
    auto disk = find_disk(disk_name);
    if (!disk)
        return fail(disk_name.empty() ? "there is no disk with a root image"
                                      : "the disk that --root names does not exist",
                    errc::no_device);
    auto image = fs::erofs::mount(disk, root_hash);
    if (!image)
        return fail("the root image was refused, see the log", image.error());
    if (auto mounted = fs::mount_root_tree(std::move(*image)); !mounted)
        return fail("cannot mount the root", mounted.error());
    if (auto added = add_process_directories(*TRY(fs::proc_filesystem())); !added)
        return fail("cannot fill /proc", added.error());
    if (auto mounted = mount_cgroup(); !mounted)  // an image may do without /sys
        log::warning("mount /sys/fs/cgroup: {}", name_of(mounted.error()));
    return ok;
}

}  // namespace osprey::proc
