// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <base/vector.hh>
#include <drivers/entropy/entropy.hh>
#include <fs/erofs/erofs.hh>
#include <fs/erofs/self_test.hh>
#include <sched/thread.hh>
#include <sync/event.hh>

namespace osprey::fs::erofs {
namespace {

struct totals {
    u64 files = 0, directories = 0, bytes = 0, sum = 0, errors = 0;
};

struct found_entry {
    char name[256];
    usize size;
};
struct name_list final : vfs::directory_sink {
    bool add(std::string_view name, u64, vfs::node_type, u64) noexcept override {
        if (name == "." || name == "..")
            return true;
        found_entry e;
        std::memcpy(e.name, name.data(), name.size());
        e.size = name.size();
        return static_cast<bool>(names.push_back(e));
    }
    vector<found_entry> names;
};

/// The sum of FNV-1a hashes of all files: independent of their order.
void read_file(vfs::vnode& node, u64 size, totals& t) noexcept {
    u64 hash = 0xcbf2'9ce4'8422'2325;
    auto* object = node.pages();
    for (u64 offset = 0; object && offset < size; offset += page_size) {
        auto page = object->get_page(offset >> page_shift, memory::vm_object::access::read);
        if (!page) {
            ++t.errors;
            return;
        }
        const auto* data = static_cast<const u8*>(memory::data_of(*page));
        const u64 part = size - offset < page_size ? size - offset : page_size;
        for (u64 i = 0; i < part; ++i)
            hash = (hash ^ data[i]) * 0x100'0000'01b3;
        memory::release_frame(*page);
    }
    ++t.files;
    t.bytes += size;
    t.sum += hash;
}

void walk(vfs::vnode& directory, totals& t, int depth) noexcept {
    ++t.directories;
    name_list list;
    if (depth > 20 || !directory.read_directory(0, list)) {
        ++t.errors;
        return;
    }
    for (const auto& e : list.names) {
        auto node = directory.lookup({e.name, e.size});
        if (!node) {
            ++t.errors;
            continue;
        }
        if ((*node)->is_directory()) {
            walk(**node, t, depth + 1);
        } else if ((*node)->type() == vfs::node_type::regular) {
            auto attributes = (*node)->get_attributes();
            read_file(**node, attributes ? attributes->size : 0, t);
        }
    }
}

struct job {
    vfs::vnode* root;
    totals result;
    sync::event done;
};

bool check_disk(drivers::block_device& disk) noexcept {
    char serial[20];
    const usize length = disk.identify(serial);
    log::notice("disk {}: {} sectors, serial '{}'", disk.name(), disk.sectors(),
                std::string_view{serial, length});
    auto fs = mount(refptr<drivers::block_device>{&disk});
    if (!fs)
        return false;
    auto root = (*fs)->root();
    static constinit job jobs[3] = {};
    for (auto& j : jobs) {
        j.root = root.get();
        j.result = {};
        auto thread = sched::thread::create(
            "disk test",
            [](void* argument) {
                auto& j = *static_cast<job*>(argument);
                walk(*j.root, j.result, 0);
                j.done.signal();
                sched::exit_current();
            },
            &j);
        if (!thread)
            return false;
        (*thread)->start();
    }
    bool fine = true;
    for (auto& j : jobs) {
        (void)j.done.wait();
        const auto& t = j.result;
        log::notice("disk {}: {} files, {} directories, {} bytes, sum {:016x}, {} errors",
                    disk.name(), t.files, t.directories, t.bytes, t.sum, t.errors);
        fine = fine && t.errors == 0 && t.sum == jobs[0].result.sum;
    }
    return fine;
}

}  // namespace

bool self_test() noexcept {
    u8 random[100];
    log::notice("entropy: {} bytes", drivers::hardware_entropy(random, sizeof random));
    bool fine = true;
    drivers::for_each_block_device(
        [](drivers::block_device& disk, void* all) {
            auto& fine = *static_cast<bool*>(all);
            fine = check_disk(disk) && fine;
            return true;
        },
        &fine);
    return fine;
}

}  // namespace osprey::fs::erofs
