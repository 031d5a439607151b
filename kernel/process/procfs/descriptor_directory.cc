// SPDX-License-Identifier: BSD-3-Clause
// /proc/PID/fd and /proc/PID/fdinfo (proc(5)).
#include <atomic>
#include <charconv>
#include <process/pidfd.hh>
#include <process/procfs/procfs.hh>
#include <vfs/dentry_cache.hh>

namespace osprey::proc {

namespace {

result<refptr<vfs::file>> file_of(const subject& of, int fd) noexcept {
    auto p = TRY(of.find());
    refptr<vfs::descriptor_table> table = p->held(&process::descriptors);
    if (!table)
        return errc::no_entry;
    auto f = table->get(fd);
    if (!f)
        return errc::no_entry;
    return f;
}

/// Stands for an open object that has no node: a pipe, a socket, a stream of the console.
class open_object final : public vfs::vnode {
public:
    open_object(fs::synthetic_filesystem& proc, const vfs::attributes& facts,
                refptr<vfs::file> object) noexcept
        : vnode{proc, facts.type, facts.inode}, object_{std::move(object)} {}
    result<vfs::attributes> get_attributes() noexcept override { return object_->get_attributes(); }
    result<refptr<vfs::file>> open(u32 flags) noexcept override { return object_->reopen(flags); }

private:
    refptr<vfs::file> object_;
};

/// /proc/PID/fd/N leads to what the descriptor refers to, with or without a name.
class descriptor_link final : public fs::synthetic_node {
public:
    descriptor_link(fs::synthetic_filesystem& proc, const subject& of, int fd) noexcept
        : synthetic_node{proc, vfs::node_type::symlink, 0700}, subject_{of}, fd_{fd} {}

    result<usize> read_link(char* to, usize room) noexcept override {
        auto f = TRY(file_of(subject_, fd_));
        if (!f->opened_as)
            return f->describe(to, room);
        const string name = TRY(vfs::name_of(f->opened_as, vfs::root_path()));
        const usize bytes = name.size() < room ? name.size() : room;
        std::memcpy(to, name.c_str(), bytes);
        return bytes;
    }
    [[nodiscard]] bool magic() const noexcept override { return true; }
    result<vfs::path> follow() noexcept override {
        auto f = TRY(file_of(subject_, fd_));
        if (f->opened_as)
            return f->opened_as;
        refptr<vfs::vnode> node{f->node()};
        if (!node) {
            const vfs::attributes facts = TRY(f->get_attributes());
            node = TRY(make_ref<open_object>(fs(), facts, std::move(f)));
        }
        return vfs::path{vfs::root_path().where,
                         TRY(vfs::dentry_cache::make_nameless(std::move(node)))};
    }

private:
    subject subject_;
    int fd_;
};

class descriptor_facts final : public fs::text_node {
public:
    descriptor_facts(fs::synthetic_filesystem& proc, const subject& of, int fd) noexcept
        : text_node{proc, 0400}, subject_{of}, fd_{fd} {}
    result<void> show(string& out) noexcept override {
        auto f = TRY(file_of(subject_, fd_));
        const vfs::attributes facts = TRY(f->get_attributes());
        // Without its lock: it may be the very file that is being read, or one in a long read.
        const u64 position = std::atomic_ref{f->position}.load(std::memory_order_relaxed);
        TRY_VOID(print(out, "pos:\t{}\nflags:\t0{:o}\nmnt_id:\t{}\nino:\t{}\n", position,
                       f->flags(), f->opened_as ? f->opened_as.where->id() : 0, facts.inode));
        if (!f->is_pidfd())
            return f->show_facts(out);
        auto target = TRY(process_of_pidfd(*f));
        const i32 pid = find_process(target->pid()) == target ? target->pid() : -1;
        return print(out, "Pid:\t{}\nNSpid:\t{}\n", pid, pid);
    }

private:
    subject subject_;
    int fd_;
};

class descriptor_directory final : public fs::synthetic_node {
public:
    descriptor_directory(fs::synthetic_filesystem& proc, const subject& of, bool facts) noexcept
        : synthetic_node{proc, vfs::node_type::directory, 0500}, subject_{of}, facts_{facts} {}

    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override {
        int fd = -1;
        const char* const end = name.data() + name.size();
        if (auto parsed = std::from_chars(name.data(), end, fd);
            parsed.ptr != end || parsed.ec != std::errc{} || fd < 0)
            return errc::no_entry;
        TRY_VOID(file_of(subject_, fd));
        if (facts_)
            return refptr<vfs::vnode>{TRY(make_ref<descriptor_facts>(fs(), subject_, fd))};
        return refptr<vfs::vnode>{TRY(make_ref<descriptor_link>(fs(), subject_, fd))};
    }

    result<void> read_directory(u64 cookie, vfs::directory_sink& sink) noexcept override {
        auto p = TRY(subject_.find());
        refptr<vfs::descriptor_table> table = p->held(&process::descriptors);
        if (!table)
            return ok;
        for (int fd = table->next_open(static_cast<int>(cookie)); fd >= 0;
             fd = table->next_open(fd + 1)) {
            fixed_text<12> name;
            format_to<int>(name, "{}", fd);
            if (!sink.add(name.view(), inode() + 1 + static_cast<u64>(fd),
                          facts_ ? vfs::node_type::regular : vfs::node_type::symlink,
                          static_cast<u64>(fd) + 1))
                break;
        }
        return ok;
    }
    [[nodiscard]] bool cacheable() const noexcept override { return false; }

private:
    subject subject_;
    bool facts_;
};

}  // namespace

result<refptr<vfs::vnode>> make_descriptor_directory(fs::synthetic_filesystem& proc,
                                                     const subject& of, bool facts) noexcept {
    return refptr<vfs::vnode>{TRY(make_ref<descriptor_directory>(proc, of, facts))};
}

}  // namespace osprey::proc
