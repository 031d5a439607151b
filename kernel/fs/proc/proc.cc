// SPDX-License-Identifier: BSD-3-Clause
#include <fs/proc/net_files.hh>
#include <vfs/lookup.hh>

namespace osprey::fs {

namespace {

constexpr u64 proc_magic = 0x9fa0;  // PROC_SUPER_MAGIC of statfs(2)

result<refptr<synthetic_filesystem>> make_proc() noexcept {
    auto fs = TRY(synthetic_filesystem::create("proc", proc_magic));
    TRY_VOID(add_cpu_files(fs->top()));
    TRY_VOID(add_device_files(fs->top()));
    TRY_VOID(add_memory_files(fs->top()));
    TRY_VOID(add_system_files(fs->top()));
    TRY_VOID(add_system_knobs(fs->top()));
    return fs;
}

constinit sync::guarded<refptr<synthetic_directory>> network;

// At namespace scope: a static in a function would register its destructor.
constinit sync::guarded<refptr<synthetic_filesystem>> instance;

}  // namespace

result<refptr<synthetic_filesystem>> proc_filesystem() noexcept {
    return instance.with(
        [](refptr<synthetic_filesystem>& fs) -> result<refptr<synthetic_filesystem>> {
            if (!fs)
                fs = TRY(make_proc());
            return fs;
        });
}

result<refptr<synthetic_directory>> proc_network_directory(synthetic_filesystem& proc) noexcept {
    return network.with(
        [&](refptr<synthetic_directory>& net) -> result<refptr<synthetic_directory>> {
            if (!net) {
                auto fresh = TRY(make_ref<synthetic_directory>(proc));
                TRY_VOID(add_network_devices(*fresh));
                TRY_VOID(add_network_sockets(*fresh));
                TRY_VOID(add_network_protocols(*fresh));
                TRY_VOID(add_network_counters(*fresh));
                net = fresh;
            }
            return net;
        });
}

}  // namespace osprey::fs
