// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <fs/memfd/memfd.hh>
#include <fs/ram/ram_node.hh>
#include <vfs/regular_file.hh>

namespace osprey::fs {

namespace {

enum seal : u32 {
    seal_seal = 1,
    seal_shrink = 2,
    seal_grow = 4,
    seal_write = 8,
    seal_future_write = 16
};

/// The unnamed files live in one RAM filesystem of their own, as on Linux.
constinit sync::guarded<refptr<ram_filesystem>> home;

/// Seals belong to the file, not to the description.
struct seal_state final : vfs::vnode_attachment {
    std::atomic<u32> seals{0};
    string name;
};

class memfd_file final : public vfs::regular_file {
public:
    memfd_file(refptr<vfs::vnode> node, u32 flags, seal_state& state) noexcept
        : regular_file{std::move(node), flags}, state_{state} {}

    result<usize> write_at(vfs::io_buffer& from, u64 offset) noexcept override {
        TRY_VOID(check_write(from, offset));
        return regular_file::write_at(from, offset);
    }
    result<usize> write(vfs::io_buffer& from) noexcept override {
        sync::lock_guard guard{position_mutex};
        if (flags() & vfs::o_append)
            position = node()->pages()->size();
        const usize n = TRY(write_at(from, position));
        position += n;
        return n;
    }
    result<void> truncate(u64 bytes) noexcept override {
        const u64 now = node()->pages()->size();
        if ((bytes < now && has(seal_shrink)) || (bytes > now && has(seal_grow)))
            return errc::not_permitted;
        return regular_file::truncate(bytes);
    }
    result<void> allocate_space(u32 mode, u64 offset, u64 bytes) noexcept override {
        if (has(seal_write | seal_future_write) && mode != 0)
            return errc::not_permitted;
        if (has(seal_grow) && offset + bytes > node()->pages()->size())
            return errc::not_permitted;
        return regular_file::allocate_space(mode, offset, bytes);
    }
    result<refptr<memory::vm_object>> mapping(bool shared, bool writable) noexcept override {
        if (shared && writable && has(seal_write | seal_future_write))
            return errc::not_permitted;
        return regular_file::mapping(shared, writable);
    }
    usize describe(char* to, usize room) const noexcept override {
        auto text = string::format("/memfd:{} (deleted)", state_.name.view());
        if (!text)
            return 0;
        const usize n = text->size() < room ? text->size() : room;
        std::memcpy(to, text->c_str(), n);
        return n;
    }
    [[nodiscard]] bool is_memfd() const noexcept override { return true; }

    result<void> seal_more(u32 seals) noexcept {
        if (seals & ~u32{seal_seal | seal_shrink | seal_grow | seal_write | seal_future_write})
            return errc::invalid_argument;
        if (!writable())
            return errc::not_permitted;
        sync::lock_guard guard{node()->tree_mutex};
        if (has(seal_seal))
            return errc::not_permitted;
        if ((seals & seal_write) && node()->pages()->mapped_writable())
            return errc::busy;
        state_.seals.fetch_or(seals, std::memory_order_acq_rel);
        return ok;
    }
    [[nodiscard]] u32 seals() const noexcept {
        return state_.seals.load(std::memory_order_acquire);
    }

private:
    [[nodiscard]] bool has(u32 which) const noexcept { return (seals() & which) != 0; }
    result<void> check_write(vfs::io_buffer& from, u64 offset) noexcept {
        if (has(seal_write | seal_future_write))
            return errc::not_permitted;
        const u64 size = node()->pages()->size();
        if (has(seal_grow) && offset + from.remaining() > size) {
            if (offset >= size)
                return errc::not_permitted;
            from.truncate(size - offset);
        }
        return ok;
    }
    seal_state& state_;
};

}  // namespace

result<refptr<vfs::file>> make_memfd(std::string_view name, u32 flags) noexcept {
    constexpr u32 close_on_exec = 1, allow_sealing = 2, no_exec_seal = 8, exec = 16;
    constexpr usize longest = 249;
    if ((flags & ~(close_on_exec | allow_sealing | no_exec_seal | exec)) || name.size() > longest)
        return errc::invalid_argument;
    auto fs = TRY(home.with([](refptr<ram_filesystem>& f) -> result<refptr<ram_filesystem>> {
        if (!f)
            f = TRY(ram_filesystem::create({}));
        return f;
    }));
    refptr<vfs::vnode> node = TRY(fs->top().create_unnamed(flags & no_exec_seal ? 0666 : 0777));
    auto state = TRY(make_unique<seal_state>());
    state->name = TRY(string::copy_of(name));
    if (!(flags & (allow_sealing | no_exec_seal)))
        state->seals.store(seal_seal, std::memory_order_relaxed);
    seal_state& kept = static_cast<seal_state&>(*node->attach(std::move(state)));
    return TRY(make_ref<memfd_file>(std::move(node), u32{vfs::o_rdwr | vfs::o_largefile}, kept));
}

result<void> add_seals(vfs::file& f, u32 seals) noexcept {
    if (!f.is_memfd())
        return errc::invalid_argument;
    return static_cast<memfd_file&>(f).seal_more(seals);
}

result<u32> get_seals(vfs::file& f) noexcept {
    if (!f.is_memfd())
        return errc::invalid_argument;
    return static_cast<memfd_file&>(f).seals();
}

}  // namespace osprey::fs
