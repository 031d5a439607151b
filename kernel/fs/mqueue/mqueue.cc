// SPDX-License-Identifier: BSD-3-Clause
#include <base/format.hh>
#include <base/string.hh>
#include <base/vector.hh>
#include <cstring>
#include <fs/mqueue/mqueue.hh>
#include <vfs/lookup.hh>
#include <vfs/ownership.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {

// Linux's limits (mq_overview(7), "/proc interfaces"); a privileged user's are the hard ones.
constexpr i64 hard_messages = 65536, hard_message_bytes = 16 << 20;
constexpr usize most_queues = 256;
constexpr u64 mqueue_magic = 0x19800202;  // MQUEUE_MAGIC of statfs(2)

/// What a queue counts to RLIMIT_MSGQUEUE, with the overhead that Linux has (getrlimit(2)).
u64 cost_of(const queue_limits& l) noexcept {
    constexpr u64 per_message = 48, per_priority = 48, priorities = 32768;
    const u64 n = static_cast<u64>(l.messages);
    return n * (per_message + static_cast<u64>(l.message_bytes)) +
           (n < priorities ? n : priorities) * per_priority;
}
constinit std::atomic<u64> bytes_in_use{0};

class mqueue_node final : public vfs::vnode {
public:
    mqueue_node(vfs::filesystem& fs, u64 inode, const queue_limits& limits, u32 permissions,
                u32 uid, u32 gid) noexcept
        : vnode{fs, vfs::node_type::regular, inode},
          box{limits},
          owner_{permissions, uid, gid},
          made_{vfs::current_timestamp()} {}
    ~mqueue_node() override { bytes_in_use.fetch_sub(cost_of(box.limits())); }

    result<vfs::attributes> get_attributes() noexcept override {
        constexpr u64 text_bytes = 80;  // as Linux shows it, whatever is in the queue
        vfs::attributes facts;
        facts.inode = inode();
        owner_.show(facts);
        facts.links = links.load();
        facts.size = text_bytes;
        facts.device = owner().device();
        facts.accessed = facts.modified = facts.changed = facts.born = made_;
        return facts;
    }
    result<void> set_attributes(const vfs::attribute_change& change) noexcept override {
        owner_.change(change);
        return ok;
    }
    result<refptr<vfs::file>> open(u32 flags) noexcept override;

    message_box box;
    std::atomic<u32> links{1};

private:
    vfs::ownership owner_;
    const vfs::timestamp made_;
};

class mqueue_file final : public vfs::file {
public:
    mqueue_file(refptr<mqueue_node> node, u32 flags) noexcept
        : file{refptr<vfs::vnode>{node}, flags}, node_{*node} {}

    message_box& box() noexcept { return node_.box; }

    result<usize> read_at(vfs::io_buffer& to, u64 offset) noexcept override {
        const message_box::state now = box().get_state();
        fixed_text<100> text;
        // Each figure is followed by blanks up to the place of the next name
        const auto field = [&](std::string_view name, i64 value, usize end) {
            format_to(text, "{}{}", name, value);
            while (text.view().size() < end)
                text.append(" ");
        };
        field("QSIZE:", static_cast<i64>(now.bytes), 17);
        field("NOTIFY:", now.kind, 30);
        field("SIGNO:", now.signal, 42);
        field("NOTIFY_PID:", now.pid, 59);
        text.append("\n");
        if (offset >= text.view().size())
            return usize{0};
        return to.put(text.view().data() + offset, text.view().size() - offset);
    }
    result<usize> write_at(vfs::io_buffer&, u64) noexcept override {
        return errc::invalid_argument;
    }
    u32 poll(vfs::poll_registration* w) noexcept override {
        if (w)
            w->subscribe(box().changed());
        return (box().messages() != 0 ? vfs::poll_in | vfs::poll_rdnorm : 0u) |
               (box().full() ? 0u : vfs::poll_out | vfs::poll_wrnorm);
    }
    /// A process that closes a queue is not told of messages any more.
    void flush() noexcept override { box().drop_notice_of_caller(); }
    [[nodiscard]] bool is_mqueue() const noexcept override { return true; }

private:
    mqueue_node& node_;
};

result<refptr<vfs::file>> mqueue_node::open(u32 flags) noexcept {
    return refptr<vfs::file>{TRY(make_ref<mqueue_file>(refptr<mqueue_node>{this}, flags))};
}

/// The directory with all queues. Locking: `mutex_` guards the entries and is innermost.
class mqueue_directory final : public vfs::vnode {
public:
    explicit mqueue_directory(vfs::filesystem& fs) noexcept
        : vnode{fs, vfs::node_type::directory, 1}, made_{vfs::current_timestamp()} {}

    result<vfs::attributes> get_attributes() noexcept override {
        vfs::attributes facts;
        facts.inode = inode();
        facts.type = vfs::node_type::directory;
        facts.permissions = 01777;
        facts.links = 2;
        facts.device = owner().device();
        facts.accessed = facts.modified = facts.changed = facts.born = made_;
        return facts;
    }
    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override {
        sync::lock_guard guard{mutex_};
        for (const entry& e : entries_)
            if (e.name.view() == name)
                return refptr<vfs::vnode>{e.node};
        return errc::no_entry;
    }
    result<refptr<vfs::vnode>> create(std::string_view name, vfs::node_type type, u32 permissions,
                                      vfs::device_number) noexcept override {
        if (type != vfs::node_type::regular)
            return errc::not_permitted;
        return refptr<vfs::vnode>{TRY(
            make(name, {.permissions = permissions, .limit = ~u64{0}, .uid = 0, .gid = 0}, {}))};
    }
    result<void> unlink(std::string_view name, vfs::vnode&) noexcept override {
        refptr<mqueue_node> gone;  // released without the lock
        sync::lock_guard guard{mutex_};
        for (usize i = 0; i < entries_.size(); ++i)
            if (entries_[i].name.view() == name) {
                gone = std::move(entries_[i].node);
                gone->links = 0;
                entries_.erase(i);
                return ok;
            }
        return errc::no_entry;
    }
    result<void> read_directory(u64 cookie, vfs::directory_sink& sink) noexcept override {
        sync::lock_guard guard{mutex_};
        for (const entry& e : entries_)
            if (e.node->inode() > cookie &&
                !sink.add(e.name.view(), e.node->inode(), vfs::node_type::regular, e.node->inode()))
                break;
        return ok;
    }
    [[nodiscard]] bool cacheable() const noexcept override { return false; }

    struct creation {
        u32 permissions;
        u64 limit;
        u32 uid, gid;
    };
    /// @return `errc::exists`, `errc::no_space`, `errc::too_many_files`.
    result<refptr<mqueue_node>> make(std::string_view name, const creation& how,
                                     const queue_limits& limits) noexcept {
        entry fresh{TRY(string::copy_of(name)), {}};
        sync::lock_guard guard{mutex_};
        for (const entry& e : entries_)
            if (e.name.view() == name)
                return errc::exists;
        if (entries_.size() == most_queues)
            return errc::no_space;
        const u64 cost = cost_of(limits);
        if (bytes_in_use.fetch_add(cost) + cost > how.limit) {
            bytes_in_use.fetch_sub(cost);
            return errc::too_many_files;
        }
        auto node = make_ref<mqueue_node>(owner(), next_inode_++, limits, how.permissions, how.uid,
                                          how.gid);
        if (!node) {
            bytes_in_use.fetch_sub(cost);
            return node.error();
        }
        fresh.node = *node;
        TRY_VOID(entries_.push_back(std::move(fresh)));
        return std::move(*node);
    }

private:
    struct entry {
        string name;
        refptr<mqueue_node> node;
    };
    sync::mutex mutex_;
    vector<entry> entries_;  // in the order of their inode numbers
    u64 next_inode_ = 2;
    const vfs::timestamp made_;
};

class filesystem_of_queues final : public vfs::filesystem {
public:
    filesystem_of_queues() noexcept = default;
    [[nodiscard]] std::string_view type_name() const noexcept override { return "mqueue"; }
    [[nodiscard]] refptr<vfs::vnode> root() noexcept override { return top; }
    result<vfs::filesystem_statistics> get_statistics() noexcept override {
        vfs::filesystem_statistics facts;
        facts.type = mqueue_magic;
        return facts;
    }
    refptr<mqueue_directory> top;
};

constinit sync::guarded<refptr<filesystem_of_queues>> instance;

result<refptr<mqueue_directory>> directory() noexcept {
    return instance.with([](refptr<filesystem_of_queues>& fs) -> result<refptr<mqueue_directory>> {
        if (!fs) {
            auto fresh = TRY(make_ref<filesystem_of_queues>());
            fresh->top = TRY(make_ref<mqueue_directory>(*fresh));
            fs = std::move(fresh);
        }
        return fs->top;
    });
}

result<void> check_name(std::string_view name) noexcept {
    if (name.empty())
        return errc::no_entry;
    if (name.size() > 255)
        return errc::name_too_long;
    if (name.find('/') != name.npos || name == "." || name == "..")
        return errc::access_denied;
    return ok;
}

result<refptr<vfs::filesystem>> mount_queues(std::string_view, std::string_view) noexcept {
    return mqueue_filesystem();
}
constinit vfs::filesystem_type queues_type{"mqueue", false, mount_queues};

}  // namespace

result<refptr<vfs::file>> open_mqueue(const mqueue_request& what) noexcept {
    TRY_VOID(check_name(what.name));
    auto all = TRY(directory());
    const u32 kept = what.flags & (vfs::o_accmode | vfs::o_nonblock);
    queue_limits limits;
    if (what.wanted)
        limits = *what.wanted;
    for (;;) {
        auto found = all->lookup(what.name);
        if (found) {
            if ((what.flags & (vfs::o_creat | vfs::o_excl)) == (vfs::o_creat | vfs::o_excl))
                return errc::exists;
            if ((what.flags & vfs::o_accmode) == vfs::o_accmode)
                return errc::invalid_argument;
            return (*found)->open(kept);
        }
        if (!(what.flags & vfs::o_creat))
            return found.error();
        if (limits.messages <= 0 || limits.message_bytes <= 0 || limits.messages > hard_messages ||
            limits.message_bytes > hard_message_bytes)
            return errc::invalid_argument;
        auto made =
            all->make(what.name, {what.permissions, what.byte_limit, what.uid, what.gid}, limits);
        if (made)
            return (*made)->open(kept);
        if (made.error() != errc::exists)
            return made.error();
    }
}

result<void> unlink_mqueue(std::string_view name) noexcept {
    TRY_VOID(check_name(name));
    auto all = TRY(directory());
    sync::lock_guard guard{all->tree_mutex};
    return all->unlink(name, *all);
}

result<message_box*> mqueue_of(vfs::file& f) noexcept {
    if (!f.is_mqueue())
        return errc::bad_descriptor;
    return &static_cast<mqueue_file&>(f).box();
}

result<refptr<vfs::filesystem>> mqueue_filesystem() noexcept {
    TRY_VOID(directory());
    return instance.with(
        [](refptr<filesystem_of_queues>& fs) { return refptr<vfs::filesystem>{fs}; });
}

void register_mqueue_filesystem() noexcept {
    vfs::register_filesystem(queues_type);
}

}  // namespace osprey::fs
