// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <fs/synthetic/synthetic.hh>

namespace osprey::fs {

result<refptr<synthetic_filesystem>> synthetic_filesystem::create(std::string_view type,
                                                                  u64 magic) noexcept {
    auto fs = TRY(make_ref<synthetic_filesystem>(type, magic));
    fs->root_ = TRY(make_ref<synthetic_directory>(*fs));
    return fs;
}

refptr<vfs::vnode> synthetic_filesystem::root() noexcept {
    return root_;
}

result<vfs::filesystem_statistics> synthetic_filesystem::get_statistics() noexcept {
    vfs::filesystem_statistics facts;
    facts.type = magic_;
    return facts;
}

result<vfs::attributes> synthetic_node::get_attributes() noexcept {
    vfs::attributes facts;
    facts.inode = inode();
    facts.type = type();
    facts.permissions = permissions_.load(std::memory_order_relaxed);
    facts.links = is_directory() ? 2 : 1;
    facts.block_size = 1024;
    facts.device = owner().device();
    facts.accessed = facts.modified = facts.changed = facts.born = vfs::current_timestamp();
    return facts;
}

result<void> synthetic_node::set_attributes(const vfs::attribute_change& change) noexcept {
    if (change.which & vfs::attribute_change::permissions)
        permissions_.store(change.values.permissions, std::memory_order_relaxed);
    return ok;
}

result<void> text_node::store(std::string_view) noexcept {
    return errc::io_error;
}

namespace {

/// One reader's (or writer's) view of a text file.
class text_file final : public vfs::file {
public:
    text_file(refptr<vfs::vnode> node, u32 flags) noexcept : file{std::move(node), flags} {}

    result<usize> read_at(vfs::io_buffer& to, u64 offset) noexcept override {
        sync::lock_guard guard{mutex_};
        if (offset == 0 || !made_) {
            text_.clear();
            TRY_VOID(source().show(text_));
            made_ = true;
        }
        if (offset >= text_.size())
            return usize{0};
        return to.put(text_.c_str() + offset, std::min(to.remaining(), text_.size() - offset));
    }

    /// From the start and from where it is; where the text ends nobody knows (EINVAL, as on Linux).
    result<u64> seek(i64 offset, int whence) noexcept override {
        sync::lock_guard guard{position_mutex};
        const i64 base = whence == 1 ? static_cast<i64>(position) : 0;
        if (whence < 0 || whence > 1 || base + offset < 0)
            return errc::invalid_argument;
        position = static_cast<u64>(base + offset);
        return position;
    }

    result<usize> write_at(vfs::io_buffer& from, u64) noexcept override {
        // One call stores one value; no knob is longer than a page (Linux: sysfs(5)).
        usize bytes = std::min<usize>(from.remaining(), page_size);
        string text;
        while (text.size() < bytes) {
            char part[256];
            usize got = TRY(from.take(part, std::min(sizeof part, bytes - text.size())));
            TRY_VOID(text.append({part, got}));
        }
        TRY_VOID(source().store(text.view()));
        return bytes;
    }

private:
    text_node& source() const noexcept { return static_cast<text_node&>(*node()); }
    sync::mutex mutex_{sync::lock_rank::text_file};
    string text_;
    bool made_ = false;
};

class function_node final : public text_node {
public:
    function_node(synthetic_filesystem& fs, text_functions functions) noexcept
        : text_node{fs, mode_of(functions)}, functions_{functions} {}
    result<void> show(string& out) noexcept override {
        return functions_.show ? functions_.show(out) : errc::invalid_argument;
    }
    result<void> store(std::string_view text) noexcept override {
        return functions_.store ? functions_.store(text) : errc::io_error;
    }

private:
    static u32 mode_of(const text_functions& f) noexcept {
        return (f.show ? 0444u : 0u) | (f.store ? 0200u : 0u);
    }
    text_functions functions_;
};

class constant_node final : public text_node {
public:
    constant_node(synthetic_filesystem& fs, string text) noexcept
        : text_node{fs, 0444}, text_{std::move(text)} {}
    result<void> show(string& out) noexcept override {
        TRY_VOID(out.append(text_.view()));
        return out.push_back('\n');
    }

private:
    string text_;
};

class fixed_link final : public link_node {
public:
    fixed_link(synthetic_filesystem& fs, string target) noexcept
        : link_node{fs}, target_{std::move(target)} {}
    result<string> target() noexcept override { return string::copy_of(target_.view()); }

private:
    string target_;
};

}  // namespace

result<refptr<vfs::file>> text_node::open(u32 flags) noexcept {
    if (refuses_writers_ && (flags & vfs::o_accmode) != vfs::o_rdonly)
        return errc::access_denied;
    return refptr<vfs::file>{TRY(make_ref<text_file>(refptr<vfs::vnode>{this}, flags))};
}

result<usize> link_node::read_link(char* to, usize room) noexcept {
    string text = TRY(target());
    usize bytes = std::min(room, text.size());
    std::memcpy(to, text.c_str(), bytes);
    return bytes;
}

result<void> synthetic_directory::add(std::string_view name, refptr<vfs::vnode> node) noexcept {
    string copy = TRY(string::copy_of(name));
    sync::lock_guard guard{mutex_};
    for (const entry& e : entries_)
        if (e.name == name)
            return errc::exists;
    return entries_.push_back(entry{std::move(copy), std::move(node)});
}

result<refptr<synthetic_directory>> synthetic_directory::directory(std::string_view name) noexcept {
    if (auto found = lookup(name))
        return refptr<synthetic_directory>{static_cast<synthetic_directory*>(found.value().get())};
    auto made = TRY(make_ref<synthetic_directory>(fs()));
    made->strict_ = strict_;
    TRY_VOID(add(name, made));
    return made;
}

result<void> synthetic_directory::add_text(std::string_view name, refptr<text_node> node) noexcept {
    if (strict_)
        node->refuse_writers();
    return add(name, std::move(node));
}

result<void> synthetic_directory::file(std::string_view name, text_functions functions) noexcept {
    return add_text(name, TRY(make_ref<function_node>(fs(), functions)));
}

result<void> synthetic_directory::constant(std::string_view name, std::string_view text) noexcept {
    return add_text(name, TRY(make_ref<constant_node>(fs(), TRY(string::copy_of(text)))));
}

result<void> synthetic_directory::link(std::string_view name, std::string_view target) noexcept {
    return add(name, TRY(make_ref<fixed_link>(fs(), TRY(string::copy_of(target)))));
}

result<refptr<vfs::vnode>> synthetic_directory::lookup(std::string_view name) noexcept {
    {
        sync::lock_guard guard{mutex_};
        for (const entry& e : entries_)
            if (e.name == name)
                return e.node;
    }
    if (dynamic_)
        return dynamic_->lookup(name);
    return errc::no_entry;
}

result<void> synthetic_directory::read_directory(u64 cookie, vfs::directory_sink& sink) noexcept {
    // Entries are never removed, so an entry's place is a stable cookie. Made-up entries come
    // after all others, in a range of their own.
    constexpr u64 dynamic_base = u64{1} << 62;
    if (cookie < dynamic_base) {
        sync::lock_guard guard{mutex_};
        for (; cookie < entries_.size(); ++cookie) {
            const entry& e = entries_[cookie];
            if (!sink.add(e.name.view(), e.node->inode(), e.node->type(), cookie + 1))
                return ok;
        }
        cookie = dynamic_base;
    }
    if (!dynamic_)
        return ok;
    struct shifted final : vfs::directory_sink {
        explicit shifted(vfs::directory_sink& sink) noexcept : to{sink} {}
        bool add(std::string_view name, u64 inode, vfs::node_type type,
                 u64 next) noexcept override {
            return to.add(name, inode, type, next + dynamic_base);
        }
        vfs::directory_sink& to;
    } shift{sink};
    return dynamic_->list(cookie - dynamic_base, shift);
}

}  // namespace osprey::fs
