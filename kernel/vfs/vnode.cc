// SPDX-License-Identifier: BSD-3-Clause
#include <sched/clock.hh>
#include <vfs/device.hh>
#include <vfs/directory_file.hh>
#include <vfs/file_locks.hh>
#include <vfs/regular_file.hh>

namespace osprey::vfs {

namespace {
constinit std::atomic<device_class*> devices{nullptr};
constinit std::atomic<fifo_opener> open_fifo{nullptr};
constinit std::atomic<u32> last_anonymous_device{0};
}  // namespace

timestamp current_timestamp() noexcept {
    const i64 ns = sched::realtime_ns();
    constexpr i64 second = 1'000'000'000;
    return {ns / second, static_cast<u32>(ns % second)};
}

filesystem::filesystem() noexcept
    : device_{0, last_anonymous_device.fetch_add(1, std::memory_order_relaxed) + 1} {}

vnode::~vnode() {
    delete locks.load(std::memory_order_relaxed);
    delete attachment.load(std::memory_order_relaxed);
    if (watch_list* list = watches.load(std::memory_order_relaxed))
        free_watches(list);
}

vnode_attachment* vnode::attach(unique_ptr<vnode_attachment> fresh) noexcept {
    vnode_attachment* now = nullptr;
    if (attachment.compare_exchange_strong(now, fresh.get(), std::memory_order_acq_rel))
        return fresh.release();
    return now;
}

result<refptr<file>> vnode::open(u32 flags) noexcept {
    switch (type_) {
        case node_type::regular:
            if (!pages())
                return errc::io_error;
            return TRY(make_ref<regular_file>(refptr<vnode>{this}, flags));
        case node_type::directory:
            return TRY(make_ref<directory_file>(refptr<vnode>{this}, flags));
        case node_type::fifo:
            if (auto opener = open_fifo.load(std::memory_order_acquire))
                return opener(*this, flags);
            return errc::no_device_or_address;
        case node_type::character_device:
        case node_type::block_device: {
            const attributes a = TRY(get_attributes());
            return open_device(*this, type_, a.special, flags);
        }
        case node_type::symlink:
            return errc::too_many_symlinks;
        default:
            return errc::no_device_or_address;  // sockets
    }
}

result<void> vnode::set_attributes(const attribute_change&) noexcept {
    return errc::not_permitted;
}
result<refptr<vnode>> vnode::lookup(std::string_view) noexcept {
    return errc::not_directory;
}
result<refptr<vnode>> vnode::create(std::string_view, node_type, u32, device_number) noexcept {
    return errc::not_permitted;
}
result<refptr<vnode>> vnode::symlink(std::string_view, std::string_view) noexcept {
    return errc::not_permitted;
}
result<void> vnode::link(std::string_view, vnode&) noexcept {
    return errc::not_permitted;
}
result<void> vnode::unlink(std::string_view, vnode&) noexcept {
    return errc::not_permitted;
}
result<void> vnode::remove_directory(std::string_view, vnode&) noexcept {
    return errc::not_permitted;
}
result<void> vnode::rename(std::string_view, vnode&, vnode&, std::string_view, vnode*,
                           u32) noexcept {
    return errc::not_permitted;
}
result<refptr<vnode>> vnode::create_unnamed(u32) noexcept {
    return errc::not_supported;
}
result<void> vnode::read_directory(u64, directory_sink&) noexcept {
    return errc::not_directory;
}
result<usize> vnode::read_link(char*, usize) noexcept {
    return errc::invalid_argument;
}
result<path> vnode::follow() noexcept {
    return errc::invalid_argument;
}
result<usize> vnode::get_xattr(std::string_view, void*, usize) noexcept {
    return errc::not_supported;
}
result<void> vnode::set_xattr(std::string_view, const void*, usize, u32) noexcept {
    return errc::not_supported;
}
result<usize> vnode::list_xattr(char*, usize) noexcept {
    return usize{0};
}
result<void> vnode::remove_xattr(std::string_view) noexcept {
    return errc::not_supported;
}
result<void> vnode::reserve(u64, u64) noexcept {
    return ok;
}
bool vnode::is_hole(u64) noexcept {
    return false;
}

void register_device(device_class& c) noexcept {
    c.next = devices.load(std::memory_order_relaxed);
    while (!devices.compare_exchange_weak(c.next, &c, std::memory_order_release)) {
    }
}

result<refptr<file>> open_device(vnode& node, node_type type, device_number number,
                                 u32 flags) noexcept {
    for (auto* c = devices.load(std::memory_order_acquire); c; c = c->next)
        if (c->type == type && c->major == number.major && number.minor >= c->first_minor &&
            number.minor - c->first_minor < c->minors)
            return c->open(refptr<vnode>{&node}, number, flags);
    return errc::no_device_or_address;
}

void for_each_device(bool (*visit)(device_class&, void*), void* context) noexcept {
    for (auto* c = devices.load(std::memory_order_acquire); c; c = c->next)
        if (!visit(*c, context))
            return;
}

void set_fifo_opener(fifo_opener opener) noexcept {
    open_fifo.store(opener, std::memory_order_release);
}

}  // namespace osprey::vfs
