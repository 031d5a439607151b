// SPDX-License-Identifier: BSD-3-Clause
#include <trace/tracepoint.hh>
#include <vfs/lookup.hh>

namespace osprey::vfs {

result<refptr<directory_context>> directory_context::create(path root, path cwd,
                                                            u32 umask) noexcept {
    auto* first = new (std::nothrow) places{std::move(root), std::move(cwd), {}};
    if (!first)
        return errc::out_of_memory;
    auto* context = new (std::nothrow) directory_context;
    if (!context) {
        delete first;
        return errc::out_of_memory;
    }
    context->places_.store(first, std::memory_order_release);
    context->umask.store(umask, std::memory_order_relaxed);
    return refptr<directory_context>::adopt(context);
}

directory_context::~directory_context() {
    publish(nullptr);
}

result<refptr<directory_context>> directory_context::copy() noexcept {
    sync::lock_guard guard{mutex_};
    const places& now = read();
    return create(now.root, now.cwd, umask.load(std::memory_order_relaxed));
}

path directory_context::root() noexcept {
    sync::lock_guard guard{mutex_};
    return read().root;
}

path directory_context::cwd() noexcept {
    sync::lock_guard guard{mutex_};
    return read().cwd;
}

void directory_context::publish(places* fresh) noexcept {
    places* old = places_.exchange(fresh, std::memory_order_acq_rel);
    if (old)
        sync::rcu_defer(old->rcu, [](sync::rcu_head* head) {
            delete reinterpret_cast<places*>(reinterpret_cast<char*>(head) - offsetof(places, rcu));
        });
}

TRACEPOINT(vfs, vfs_chroot, trace::address context);
result<void> directory_context::set_root(path p) noexcept {
    TRACE(vfs_chroot, this);
    sync::lock_guard guard{mutex_};
    auto* fresh = new (std::nothrow) places{std::move(p), read().cwd, {}};
    if (!fresh)
        return errc::out_of_memory;
    publish(fresh);
    return ok;
}

TRACEPOINT(vfs, vfs_chdir, trace::address context);
result<void> directory_context::set_cwd(path p) noexcept {
    TRACE(vfs_chdir, this);
    sync::lock_guard guard{mutex_};
    auto* fresh = new (std::nothrow) places{read().root, std::move(p), {}};
    if (!fresh)
        return errc::out_of_memory;
    publish(fresh);
    return ok;
}

}  // namespace osprey::vfs
