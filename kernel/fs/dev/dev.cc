// SPDX-License-Identifier: BSD-3-Clause
#include <fs/dev/dev.hh>
#include <fs/ram/ram_node.hh>

namespace osprey::fs {

namespace {

struct device_entry {
    std::string_view name;
    u32 permissions;
    vfs::device_number number;
};
constexpr device_entry character_devices[] = {
    {"null", 0666, {1, 3}},   {"zero", 0666, {1, 5}},    {"full", 0666, {1, 7}},
    {"random", 0666, {1, 8}}, {"urandom", 0666, {1, 9}}, {"kmsg", 0644, {1, 11}},
    {"tty", 0666, {5, 0}},    {"console", 0600, {5, 1}}, {"ptmx", 0666, {5, 2}},
};

struct link_entry {
    std::string_view name, target;
};
constexpr link_entry links[] = {
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
};

}  // namespace

result<refptr<vfs::filesystem>> make_device_filesystem() noexcept {
    ram_filesystem::options how;
    how.root_permissions = 0755;
    how.type = "devtmpfs";
    auto fs = TRY(ram_filesystem::create(how));
    ram_node& top = fs->top();
    for (const auto& d : character_devices)
        TRY(top.create(d.name, vfs::node_type::character_device, d.permissions, d.number));
    for (const auto& l : links)
        TRY(top.symlink(l.name, l.target));
    TRY(top.create("shm", vfs::node_type::directory, 01777, {}));
    TRY(top.create("pts", vfs::node_type::directory, 0755, {}));
    drivers::for_each_block_device(
        [](drivers::block_device& disk, void* context) {
            // A disk without a node is still usable as root; what matters is told by open.
            (void)static_cast<ram_node*>(context)->create(disk.name(), vfs::node_type::block_device,
                                                          0660, number_of_disk(disk));
            return true;
        },
        &top);
    add_port_nodes(top);
    return refptr<vfs::filesystem>{std::move(fs)};
}

}  // namespace osprey::fs
