// SPDX-License-Identifier: BSD-3-Clause
// /dev/pts: the names of pseudo-terminals (devpts of Linux).
#include <base/format.hh>
#include <charconv>
#include <fs/tty/pts_table.hh>
#include <vfs/lookup.hh>
#include <vfs/ownership.hh>

namespace osprey::fs {

namespace {

constexpr u64 devpts_magic = 0x1cd1;
constexpr u32 tty_group = 5;  // of Debian, as its mount of /dev/pts has it
constexpr u64 ptmx_inode = 2, first_inode = 3;
constexpr std::string_view ptmx = "ptmx";

/// A device node. What chmod and chown give it stays while its terminal has the name.
class pts_node final : public vfs::vnode {
public:
    pts_node(vfs::filesystem& fs, u64 inode, vfs::device_number special, u32 permissions,
             u32 gid) noexcept
        : vnode{fs, vfs::node_type::character_device, inode},
          special_{special},
          owner_{permissions, 0, gid},
          made_{vfs::current_timestamp()} {}

    result<vfs::attributes> get_attributes() noexcept override {
        vfs::attributes facts;
        facts.inode = inode();
        facts.type = vfs::node_type::character_device;
        owner_.show(facts);
        facts.block_size = 1024;
        facts.device = owner().device();
        facts.special = special_;
        facts.accessed = facts.modified = facts.changed = facts.born = made_;
        return facts;
    }
    result<void> set_attributes(const vfs::attribute_change& change) noexcept override {
        owner_.change(change);
        return ok;
    }

private:
    const vfs::device_number special_;
    vfs::ownership owner_;
    const vfs::timestamp made_;
};

/// `terminal` without a `node`: its master is gone, or it is being made. Both null: free, unless
/// `taken`.
struct entry {
    pty* terminal = nullptr;
    refptr<pts_node> node;
    bool taken = false;
};

struct table {
    vector<entry> entries;
    u32 count = 0;
};
constinit sync::guarded<table> all;

class pts_directory final : public vfs::vnode {
public:
    pts_directory(vfs::filesystem& fs, refptr<pts_node> master) noexcept
        : vnode{fs, vfs::node_type::directory, 1},
          master_{std::move(master)},
          made_{vfs::current_timestamp()} {}

    result<vfs::attributes> get_attributes() noexcept override {
        vfs::attributes facts;
        facts.inode = inode();
        facts.type = vfs::node_type::directory;
        facts.permissions = 0755;
        facts.links = 2;
        facts.block_size = 1024;
        facts.device = owner().device();
        facts.accessed = facts.modified = facts.changed = facts.born = made_;
        return facts;
    }
    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override {
        if (name == ptmx)
            return refptr<vfs::vnode>{master_};
        u32 index = 0;
        const char* end = name.data() + name.size();
        const auto read = std::from_chars(name.data(), end, index);
        if (read.ec != std::errc{} || read.ptr != end || (name.size() > 1 && name[0] == '0'))
            return errc::no_entry;
        return all.with([&](table& t) -> result<refptr<vfs::vnode>> {
            if (index >= t.entries.size() || !t.entries[index].node)
                return errc::no_entry;
            return refptr<vfs::vnode>{t.entries[index].node};
        });
    }
    result<void> read_directory(u64 cookie, vfs::directory_sink& sink) noexcept override {
        constexpr auto type = vfs::node_type::character_device;
        if (cookie < ptmx_inode && !sink.add(ptmx, ptmx_inode, type, ptmx_inode))
            return ok;
        all.with([&](table& t) {
            for (usize i = 0; i < t.entries.size(); ++i) {
                const u64 inode = first_inode + i;
                if (inode <= cookie || !t.entries[i].node)
                    continue;
                fixed_text<16> name;
                format_to(name, "{}", i);
                if (!sink.add(name.view(), inode, type, inode))
                    break;
            }
        });
        return ok;
    }
    [[nodiscard]] bool cacheable() const noexcept override { return false; }

private:
    const refptr<pts_node> master_;
    const vfs::timestamp made_;
};

class filesystem_of_ptys final : public vfs::filesystem {
public:
    [[nodiscard]] std::string_view type_name() const noexcept override { return "devpts"; }
    [[nodiscard]] refptr<vfs::vnode> root() noexcept override { return top; }
    result<vfs::filesystem_statistics> get_statistics() noexcept override {
        vfs::filesystem_statistics facts;
        facts.type = devpts_magic;
        return facts;
    }
    refptr<pts_directory> top;
};

constinit sync::guarded<refptr<filesystem_of_ptys>> instance;

result<refptr<vfs::filesystem>> mount_ptys(std::string_view, std::string_view) noexcept {
    return pts_filesystem();
}
constinit vfs::filesystem_type ptys_type{"devpts", false, mount_ptys};

}  // namespace

result<refptr<vfs::filesystem>> pts_filesystem() noexcept {
    return instance.with([](refptr<filesystem_of_ptys>& fs) -> result<refptr<vfs::filesystem>> {
        if (!fs) {
            auto fresh = TRY(make_ref<filesystem_of_ptys>());
            auto master = TRY(
                make_ref<pts_node>(*fresh, ptmx_inode, vfs::device_number{5, 2}, 0666u, tty_group));
            fresh->top = TRY(make_ref<pts_directory>(*fresh, std::move(master)));
            fs = std::move(fresh);
        }
        return refptr<vfs::filesystem>{fs};
    });
}

u32 pty_count() noexcept {
    return all.with([](table& t) { return t.count; });
}

result<u32> pts_table::take_number() noexcept {
    return all.with([](table& t) -> result<u32> {
        usize index = 0;
        while (index < t.entries.size() && t.entries[index].taken)
            ++index;
        if (index == pty::most)
            return errc::no_space;
        if (index == t.entries.size())
            TRY_VOID(t.entries.push_back({}));
        t.entries[index].taken = true;
        ++t.count;
        return static_cast<u32>(index);
    });
}

void pts_table::give_number_back(u32 index) noexcept {
    all.with([index](table& t) {
        t.entries[index] = {};
        --t.count;
    });
}

result<void> pts_table::add(u32 index, pty& p) noexcept {
    auto fs = TRY(pts_filesystem());
    auto node = TRY(make_ref<pts_node>(*fs, first_inode + index,
                                       vfs::device_number{pty::major, index}, 0620u, tty_group));
    all.with([&](table& t) {
        t.entries[index].terminal = &p;
        t.entries[index].node = std::move(node);
    });
    return ok;
}

void pts_table::remove_name(u32 index) noexcept {
    refptr<pts_node> gone;  // released without the lock
    all.with([&](table& t) { gone = std::move(t.entries[index].node); });
}

refptr<pty> pts_table::find(u32 index) noexcept {
    return all.with([index](table& t) -> refptr<pty> {
        pty* p = index < t.entries.size() ? t.entries[index].terminal : nullptr;
        return p && p->try_add_ref() ? refptr<pty>::adopt(p) : nullptr;
    });
}

void pts_table::register_filesystem() noexcept {
    vfs::register_filesystem(ptys_type);
}

}  // namespace osprey::fs
