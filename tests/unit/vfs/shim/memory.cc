// SPDX-License-Identifier: BSD-3-Clause
// Page cache, application memory, log and the neighbours of the VFS, as far as its test needs them.
#include <arch/user_access.hh>
#include <base/log_ring.hh>
#include <cstdio>
#include <cstring>
#include <drivers/block/block_device.hh>
#include <drivers/console/program_port.hh>
#include <fs/proc/proc.hh>
#include <fs/sys/sys.hh>
#include <fs/trace/tracefs.hh>
#include <map>
#include <memory/reclaim.hh>
#include <memory/vm_object.hh>
#include <mutex>
#include <sync/random_pool.hh>

using namespace osprey;

namespace {
struct pages {
    std::recursive_mutex mutex;
    std::map<u64, memory::frame*> frames;
};
std::mutex all_mutex;
// Never freed: objects still go while the process ends.
auto& all = *new std::map<const memory::vm_object*, pages>;
auto& contents = *new std::map<const memory::frame*, char*>;

pages& pages_of(const memory::vm_object* o) {
    std::lock_guard guard{all_mutex};
    return all[o];
}
char* data(const memory::frame* f) {
    std::lock_guard guard{all_mutex};
    return contents[f];
}
}  // namespace

namespace osprey::memory {

void free_frames(frame* f) noexcept {
    std::lock_guard guard{all_mutex};
    delete[] contents[f];
    contents.erase(f);
    delete f;
}
statistics get_statistics() noexcept {
    return {.total = 32768};
}

vm_object::vm_object(u64 bytes, pager* source) noexcept : size_{bytes}, pager_{source} {}
vm_object::~vm_object() {
    for (auto [i, f] : pages_of(this).frames)
        release_frame(f);
    std::lock_guard guard{all_mutex};
    all.erase(this);
}
result<refptr<vm_object>> vm_object::create(u64 bytes, pager* source) noexcept {
    return refptr<vm_object>::adopt(new vm_object{bytes, source});
}
result<frame*> vm_object::get_page(u64 index, access) noexcept {
    pages& p = pages_of(this);
    std::lock_guard guard{p.mutex};
    frame*& f = p.frames[index];
    if (!f) {
        f = new frame;
        f->references = 1;
        std::lock_guard inner{all_mutex};
        contents[f] = new char[page_size]{};
    }
    hold_frame(f);
    return f;
}
frame* vm_object::find_page(u64 index) noexcept {
    pages& p = pages_of(this);
    std::lock_guard guard{p.mutex};
    auto found = p.frames.find(index);
    if (found == p.frames.end())
        return nullptr;
    hold_frame(found->second);
    return found->second;
}
result<void> vm_object::resize(u64 bytes) noexcept {
    pages& p = pages_of(this);
    std::lock_guard guard{p.mutex};
    for (auto it = p.frames.begin(); it != p.frames.end();) {
        if (it->first * page_size >= bytes) {
            release_frame(it->second);
            it = p.frames.erase(it);
            continue;
        }
        if (it->first == bytes >> page_shift)
            std::memset(data(it->second) + bytes % page_size, 0, page_size - bytes % page_size);
        ++it;
    }
    size_ = bytes;
    return {};
}
result<void> vm_object::punch_hole(u64, u64) noexcept {
    return {};
}
result<void> vm_object::write_back(u64, u64) noexcept {
    return {};
}
result<usize> vm_object::read(u64 offset, void* to, usize bytes) noexcept {
    pages& p = pages_of(this);
    std::lock_guard guard{p.mutex};
    if (offset >= size_)
        return usize{0};
    bytes = std::min<u64>(bytes, size_ - offset);
    for (usize i = 0; i < bytes; ++i) {
        auto f = p.frames.find((offset + i) >> page_shift);
        static_cast<char*>(to)[i] =
            f == p.frames.end() ? '\0' : data(f->second)[(offset + i) % page_size];
    }
    return bytes;
}
result<usize> vm_object::write(u64 offset, const void* from, usize bytes) noexcept {
    pages& p = pages_of(this);
    std::lock_guard guard{p.mutex};
    for (usize done = 0; done < bytes;) {
        const u64 at = offset + done;
        const usize n = std::min<usize>(bytes - done, page_size - at % page_size);
        frame* f = *get_page(at >> page_shift, access::write);
        std::memcpy(data(f) + at % page_size, static_cast<const char*>(from) + done, n);
        release_frame(f);
        done += n;
    }
    if (offset + bytes > size_)
        size_ = offset + bytes;
    return bytes;
}

}  // namespace osprey::memory

namespace osprey::arch {
usize copy_user(void* to, const void* from, usize bytes) noexcept {
    std::memcpy(to, from, bytes);
    return 0;
}
usize zero_user(void* to, usize bytes) noexcept {
    std::memset(to, 0, bytes);
    return 0;
}
}  // namespace osprey::arch

namespace osprey::log {
void write(level severity, std::string_view text) noexcept {
    if (severity <= level::notice)
        std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}
u64 oldest() noexcept {
    return 0;
}
u64 newest() noexcept {
    return 0;
}
bool read(u64, record&) noexcept {
    return false;
}
}  // namespace osprey::log

namespace osprey {
void random_bytes(void* to, usize bytes) noexcept {
    std::memset(to, 0x5a, bytes);
}
void add_entropy(std::span<const u8>) noexcept {}
}  // namespace osprey

namespace osprey::memory {
bool vm_object::mapped_writable() noexcept {
    return false;  // nothing maps on the host
}
void register_shrinker(shrinker&) noexcept {}  // the host has memory enough
}  // namespace osprey::memory

namespace osprey::drivers {
void for_each_block_device(bool (*)(block_device&, void*), void*) noexcept {}
void for_each_program_port(bool (*)(program_port&, void*), void*) noexcept {}
}  // namespace osprey::drivers

namespace osprey::fs {
result<refptr<synthetic_filesystem>> proc_filesystem() noexcept {
    return synthetic_filesystem::create("proc", 0x9fa0);
}
result<refptr<synthetic_filesystem>> sys_filesystem() noexcept {
    return synthetic_filesystem::create("sysfs", 0x62656572);
}
result<refptr<synthetic_filesystem>> trace_filesystem() noexcept {
    return synthetic_filesystem::create("tracefs", 0x74726163);
}
}  // namespace osprey::fs
