// SPDX-License-Identifier: BSD-3-Clause
// The directories /proc/PID and /proc/PID/task/TID: made up at each look-up, never kept.
#include <algorithm>
#include <charconv>
#include <fs/proc/proc.hh>
#include <process/procfs/procfs.hh>

namespace osprey::proc {

result<refptr<process>> subject::find() const noexcept {
    if (auto p = find_process(pid))
        return p;
    return errc::no_process;
}

result<refptr<task>> subject::find_thread() const noexcept {
    if (auto t = find_task(tid))
        return t;
    auto p = TRY(find());
    refptr<task> any;
    p->for_each_task(
        [](task& t, void* context) {
            *static_cast<refptr<task>*>(context) = refptr<task>{&t};
            return false;
        },
        &any);
    if (!any)
        return errc::no_process;
    return any;
}

namespace {

constexpr std::string_view place_links[] = {"cwd", "exe", "root"};

/// A file of one process, by the function in its table.
class subject_node final : public fs::text_node {
public:
    subject_node(fs::synthetic_filesystem& proc, const subject& of, const subject_file& f) noexcept
        : text_node{proc, f.permissions}, subject_{of}, file_{f} {}
    result<void> show(string& out) noexcept override { return file_.show(subject_, out); }
    result<void> store(std::string_view text) noexcept override {
        return file_.store ? file_.store(subject_, text) : result<void>{errc::invalid_argument};
    }

private:
    subject subject_;
    const subject_file& file_;
};

constexpr std::span<const subject_file> (*table_makers[])() noexcept = {
    control_files, identity_files, memory_files, place_files, stat_files, status_files};

const subject_file* find_file(std::string_view name) noexcept {
    for (auto table : table_makers)
        for (const subject_file& f : table())
            if (f.name == name)
                return &f;
    return nullptr;
}

i32 parse_number(std::string_view text) noexcept {
    i32 value = -1;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text[0] == '0')
        return -1;
    return value;
}

/// /proc/PID/task
class task_list final : public fs::synthetic_node {
public:
    task_list(fs::synthetic_filesystem& proc, const subject& of) noexcept
        : synthetic_node{proc, vfs::node_type::directory, 0555}, subject_{of} {}
    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override;
    result<void> read_directory(u64 cookie, vfs::directory_sink& sink) noexcept override;
    [[nodiscard]] bool cacheable() const noexcept override { return false; }

private:
    subject subject_;
};

/// /proc/PID, and /proc/PID/task/TID, which lacks only `task`.
class subject_directory final : public fs::synthetic_node {
public:
    subject_directory(fs::synthetic_filesystem& proc, const subject& of) noexcept
        : synthetic_node{proc, vfs::node_type::directory, 0555}, subject_{of} {}

    /// The directory belongs to the user that the process acts as: ps(1) looks here.
    result<vfs::attributes> get_attributes() noexcept override {
        auto p = TRY(subject_.find());
        vfs::attributes facts = TRY(synthetic_node::get_attributes());
        facts.uid = p->identity.euid, facts.gid = p->identity.egid;
        return facts;
    }

    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override {
        TRY_VOID(subject_.find());
        if (const subject_file* f = find_file(name))
            return refptr<vfs::vnode>{TRY(make_ref<subject_node>(fs(), subject_, *f))};
        for (std::string_view link : place_links)
            if (link == name)
                return make_place_link(fs(), subject_, name);
        if (name == "fd" || name == "fdinfo")
            return make_descriptor_directory(fs(), subject_, name == "fdinfo");
        if (name == "net")
            return refptr<vfs::vnode>{TRY(osprey::fs::proc_network_directory(fs()))};
        if (name == "task" && subject_.what == subject::scope::process)
            return refptr<vfs::vnode>{TRY(make_ref<task_list>(fs(), subject_))};
        return errc::no_entry;
    }

    result<void> read_directory(u64 cookie, vfs::directory_sink& sink) noexcept override {
        u64 at = 0;
        const auto add = [&](std::string_view name, vfs::node_type type) noexcept {
            ++at;
            return at <= cookie || sink.add(name, inode() + at, type, at);
        };
        for (auto table : table_makers)
            for (const subject_file& f : table())
                if (!add(f.name, vfs::node_type::regular))
                    return ok;
        for (std::string_view link : place_links)
            if (!add(link, vfs::node_type::symlink))
                return ok;
        for (std::string_view name : {"fd", "fdinfo", "net"})
            if (!add(name, vfs::node_type::directory))
                return ok;
        if (subject_.what == subject::scope::process)
            add("task", vfs::node_type::directory);
        return ok;
    }
    [[nodiscard]] bool cacheable() const noexcept override { return false; }

private:
    subject subject_;
};

result<refptr<vfs::vnode>> task_list::lookup(std::string_view name) noexcept {
    const i32 tid = parse_number(name);
    auto t = tid > 0 ? find_task(tid) : refptr<task>{};
    if (!t || t->owner().pid() != subject_.pid)
        return errc::no_entry;
    return refptr<vfs::vnode>{
        TRY(make_ref<subject_directory>(fs(), subject{subject_.pid, tid, subject::scope::thread}))};
}

result<void> task_list::read_directory(u64 cookie, vfs::directory_sink& sink) noexcept {
    auto p = TRY(subject_.find());
    struct state {
        u64 cookie;
        vector<i32> tids;
        bool failed = false;
    } all{cookie, {}};
    p->for_each_task(
        [](task& t, void* context) {
            auto& s = *static_cast<state*>(context);
            s.failed |= !s.tids.push_back(t.tid());
            return !s.failed;
        },
        &all);
    if (all.failed)
        return errc::out_of_memory;
    std::sort(all.tids.begin(), all.tids.end());
    for (i32 tid : all.tids) {
        if (static_cast<u64>(tid) <= cookie)
            continue;
        fixed_text<12> name;
        format_to<i32>(name, "{}", tid);
        if (!sink.add(name.view(), inode() + static_cast<u64>(tid), vfs::node_type::directory,
                      static_cast<u64>(tid)))
            break;
    }
    return ok;
}

/// /proc/self and /proc/thread-self: who asks decides.
class self_link final : public fs::link_node {
public:
    enum class kind : u8 { process, thread };
    self_link(fs::synthetic_filesystem& proc, kind what) noexcept : link_node{proc}, kind_{what} {}
    result<string> target() noexcept override {
        if (!sched::current().is_application())
            return errc::no_entry;
        const task& t = current_task();
        if (kind_ == kind::process)
            return string::format("{}", t.owner().pid());
        return string::format("{}/task/{}", t.owner().pid(), t.tid());
    }

private:
    kind kind_;
};

/// The numbers in /proc itself.
class process_list final : public fs::synthetic_directory::dynamic_entries {
public:
    explicit process_list(fs::synthetic_filesystem& proc) noexcept : proc_{proc} {}
    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override {
        const i32 pid = parse_number(name);
        // Linux finds a thread's directory by its number too, though it does not list it.
        auto t = pid > 0 ? find_task(pid) : refptr<task>{};
        if (pid <= 0 || (!find_process(pid) && !t))
            return errc::no_entry;
        const subject of{t ? t->owner().pid() : pid, pid};
        return refptr<vfs::vnode>{TRY(make_ref<subject_directory>(proc_, of))};
    }
    result<void> list(u64 first, vfs::directory_sink& sink) noexcept override {
        struct state {
            u64 first;
            vfs::directory_sink& sink;
        } each{first, sink};
        for_each_process(
            [](process& p, void* context) {
                auto& s = *static_cast<state*>(context);
                const u64 pid = static_cast<u64>(p.pid());
                if (pid <= s.first)
                    return true;
                fixed_text<12> name;
                format_to<u64>(name, "{}", pid);
                return s.sink.add(name.view(), pid << 16, vfs::node_type::directory, pid);
            },
            &each);
        return ok;
    }

private:
    fs::synthetic_filesystem& proc_;
};

}  // namespace

result<void> add_process_directories(fs::synthetic_filesystem& proc) noexcept {
    TRY_VOID(proc.top().add("self", TRY(make_ref<self_link>(proc, self_link::kind::process))));
    TRY_VOID(
        proc.top().add("thread-self", TRY(make_ref<self_link>(proc, self_link::kind::thread))));
    auto list = TRY(make_unique<process_list>(proc));
    proc.top().set_dynamic(*list.release());  // lives as long as procfs: for ever
    return ok;
}

}  // namespace osprey::proc
