// SPDX-License-Identifier: BSD-3-Clause
// --selftest=vfs
#include <base/log.hh>
#include <cstring>
#include <fs/epoll/epoll.hh>
#include <fs/eventfd/eventfd.hh>
#include <fs/memfd/memfd.hh>
#include <fs/overlay/overlay.hh>
#include <fs/pipe/pipe.hh>
#include <fs/ram/ram_node.hh>
#include <fs/root.hh>
#include <fs/timerfd/timerfd.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>
#include <vfs/dentry_cache.hh>
#include <vfs/descriptor_table.hh>
#include <vfs/file_locks.hh>
#include <vfs/lookup.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {

using memory_kind = vfs::io_buffer::memory_kind;

constinit std::atomic<u32> failures{0};

void check(bool holds, const char* what, unsigned line) noexcept {
    if (holds)
        return;
    failures.fetch_add(1);
    log::error("selftest vfs: line {}: {}", line, what);
}
#define CHECK(condition) check((condition), #condition, __LINE__)

constinit refptr<vfs::directory_context> context;

result<refptr<vfs::file>> open(std::string_view name, u32 flags, u32 permissions = 0644) noexcept {
    return vfs::open(*context, {}, name, flags, permissions);
}
errc error_of(auto&& r) noexcept {
    return r ? errc{} : r.error();
}
result<usize> write(vfs::file& f, std::string_view text) noexcept {
    vfs::io_buffer from{const_cast<char*>(text.data()), text.size(), memory_kind::kernel};
    return f.write(from);
}
result<usize> put(std::string_view name, std::string_view text) noexcept {
    auto f = TRY(open(name, vfs::o_wronly | vfs::o_creat | vfs::o_trunc));
    return write(*f, text);
}
bool reads(vfs::file& f, std::string_view wanted) noexcept {
    char room[128];
    vfs::io_buffer to{room, sizeof(room), memory_kind::kernel};
    auto n = f.read(to);
    return n && std::string_view{room, *n} == wanted;
}
bool holds(std::string_view name, std::string_view wanted) noexcept {
    auto f = open(name, vfs::o_rdonly);
    return f && reads(**f, wanted);
}
errc stat_error(std::string_view name) noexcept {
    return error_of(vfs::resolve(*context, {}, name, vfs::follow_last));
}
u64 inode(std::string_view name) noexcept {
    auto p = vfs::resolve(*context, {}, name, 0);
    if (!p)
        return 0;
    auto a = vfs::get_attributes(*p);
    return a ? a->inode : 0;
}
u32 links(std::string_view name) noexcept {
    auto p = vfs::resolve(*context, {}, name, 0);
    if (!p)
        return 0;
    auto a = vfs::get_attributes(*p);
    return a ? a->links : 0;
}

struct name_list final : vfs::directory_sink {
    bool add(std::string_view name, u64, vfs::node_type, u64) noexcept override {
        ++count;
        if (name == wanted)
            ++seen;
        return true;
    }
    std::string_view wanted;
    unsigned count = 0, seen = 0;
};
name_list list(std::string_view directory, std::string_view wanted) noexcept {
    name_list l;
    l.wanted = wanted;
    auto f = open(directory, vfs::o_rdonly | vfs::o_directory);
    if (f)
        CHECK((*f)->read_directory(l).has_value());
    return l;
}

/// A lower layer that has something in it.
result<refptr<vfs::filesystem>> make_lower() noexcept {
    auto fs = TRY(ram_filesystem::create({.root_permissions = 0755}));
    auto etc = TRY(fs->top().create("etc", vfs::node_type::directory, 0755, {}));
    auto issue = TRY(etc->create("issue", vfs::node_type::regular, 0644, {}));
    TRY(issue->pages()->write(0, "lower text", 10));
    TRY(etc->create("empty", vfs::node_type::regular, 0644, {}));
    auto usr = TRY(fs->top().create("usr", vfs::node_type::directory, 0755, {}));
    auto lib = TRY(usr->create("lib", vfs::node_type::directory, 0755, {}));
    auto so = TRY(lib->create("libc.so", vfs::node_type::regular, 0644, {}));
    TRY(so->pages()->write(0, "ELF", 3));
    TRY(fs->top().symlink("lib", "usr/lib"));
    TRY_VOID(lib->link("libc.so.6", *so));
    auto old = TRY(fs->top().create("old", vfs::node_type::directory, 0755, {}));
    TRY(old->create("a", vfs::node_type::regular, 0644, {}));
    return refptr<vfs::filesystem>{std::move(fs)};
}

void test_names() noexcept {
    CHECK(stat_error("/etc/issue") == errc{});
    CHECK(stat_error("/etc/issue/") == errc::not_directory);
    CHECK(stat_error("/etc/issue/x") == errc::not_directory);
    CHECK(stat_error("/etc/none") == errc::no_entry);
    CHECK(stat_error("/etc/none") == errc::no_entry);  // now negative in the cache
    CHECK(stat_error("/lib/libc.so") == errc{});
    CHECK(stat_error("/lib/libc.so") == errc{});
    CHECK(stat_error("/usr/../lib/./libc.so") == errc{});
    CHECK(stat_error("/../../etc") == errc{});
    CHECK(stat_error("") == errc::no_entry);
    CHECK(vfs::make_symlink(*context, {}, "/dev/shm/loop", "loop").has_value());
    CHECK(stat_error("/dev/shm/loop") == errc::too_many_symlinks);
    CHECK(error_of(open("/dev/shm/loop", vfs::o_rdonly | vfs::o_nofollow)) ==
          errc::too_many_symlinks);
    CHECK(error_of(open("/etc", vfs::o_wronly)) == errc::is_directory);
    CHECK(error_of(open("/etc/issue", vfs::o_directory)) == errc::not_directory);
    CHECK(error_of(open("/etc/issue", vfs::o_creat | vfs::o_excl)) == errc::exists);
    char longer[300];
    std::memset(longer, 'x', sizeof(longer));
    CHECK(stat_error({longer, sizeof(longer)}) == errc::name_too_long);
    auto etc = vfs::resolve(*context, {}, "/etc", 0);
    CHECK(etc.has_value());
    CHECK(error_of(vfs::resolve(*context, *etc, "../usr", vfs::beneath)) == errc::cross_device);
    CHECK(error_of(vfs::resolve(*context, *etc, "issue", vfs::beneath)) == errc{});
    CHECK(error_of(vfs::resolve(*context, *etc, "/issue", vfs::in_root)) == errc{});
    CHECK(error_of(vfs::resolve(*context, {}, "/lib/libc.so", vfs::no_symlinks)) ==
          errc::too_many_symlinks);
    CHECK(error_of(vfs::resolve(*context, {}, "/dev/shm/loop", vfs::no_crossing)) ==
          errc::cross_device);
    auto so = vfs::resolve(*context, {}, "/lib/libc.so", 0);
    auto text = vfs::name_of(*so, vfs::root_path());
    CHECK(text && *text == "/usr/lib/libc.so");
}

void test_files() noexcept {
    CHECK(put("/dev/shm/f", "hello").has_value());
    CHECK(holds("/dev/shm/f", "hello"));
    auto f = open("/dev/shm/f", vfs::o_rdwr | vfs::o_append);
    CHECK(f.has_value());
    CHECK(write(**f, " world").has_value());
    CHECK(holds("/dev/shm/f", "hello world"));
    CHECK((*f)->seek(-5, 2).value_or(0) == 6);
    CHECK(reads(**f, "world"));
    CHECK((*f)->truncate(5).has_value());
    CHECK(holds("/dev/shm/f", "hello"));
    CHECK((*f)->truncate(3 * page_size).has_value());
    CHECK((*f)->seek(page_size, 4).value_or(0) == page_size);  // SEEK_HOLE
    CHECK(error_of((*f)->seek(page_size, 3)) == errc::no_device_or_address);
    CHECK(vfs::remove(*context, {}, "/dev/shm/f", false).has_value());
    CHECK(stat_error("/dev/shm/f") == errc::no_entry);
    CHECK((*f)->seek(0, 0).has_value());
    auto name = vfs::name_of((*f)->opened_as, vfs::root_path());
    CHECK(name && *name == "/dev/shm/f (deleted)");
    auto unnamed = open("/dev/shm", vfs::o_tmpfile | vfs::o_rdwr);
    CHECK(unnamed.has_value());
    CHECK(unnamed && write(**unnamed, "t").has_value());
    CHECK(unnamed && vfs::make_link(*context, (*unnamed)->opened_as, {}, "/dev/shm/t").has_value());
    CHECK(holds("/dev/shm/t", "t"));
    CHECK(put("/dev/shm/a", "a").has_value() && put("/dev/shm/b", "b").has_value());
    CHECK(vfs::rename(*context, {}, "/dev/shm/a", {}, "/dev/shm/b", 2).has_value());
    CHECK(holds("/dev/shm/a", "b") && holds("/dev/shm/b", "a"));
    CHECK(error_of(vfs::rename(*context, {}, "/dev/shm/a", {}, "/dev/shm/b", 1)) == errc::exists);
    CHECK(vfs::rename(*context, {}, "/dev/shm/a", {}, "/dev/shm/b", 0).has_value());
    CHECK(holds("/dev/shm/b", "b") && stat_error("/dev/shm/a") == errc::no_entry);
    CHECK(vfs::make_directory(*context, {}, "/dev/shm/d", 0755).has_value());
    CHECK(vfs::make_directory(*context, {}, "/dev/shm/d/e/", 0755).has_value());
    CHECK(error_of(vfs::rename(*context, {}, "/dev/shm/d", {}, "/dev/shm/d/e/f", 0)) ==
          errc::invalid_argument);
    CHECK(error_of(vfs::remove(*context, {}, "/dev/shm/d", true)) == errc::not_empty);
    CHECK(error_of(vfs::remove(*context, {}, "/dev/shm/d", false)) == errc::is_directory);
    CHECK(links("/dev/shm/d") == 3);
    CHECK(vfs::remove(*context, {}, "/dev/shm/d/e", true).has_value());
    CHECK(vfs::remove(*context, {}, "/dev/shm/d", true).has_value());
    CHECK(error_of(vfs::remove(*context, {}, "/dev/shm", true)) == errc::busy);
    CHECK(error_of(vfs::rename(*context, {}, "/dev/shm/b", {}, "/etc/b", 0)) == errc::cross_device);
}

void test_overlay() noexcept {
    const u64 before = inode("/etc/issue");
    CHECK(holds("/etc/issue", "lower text"));
    auto reader = open("/etc/issue", vfs::o_rdonly);
    auto f = open("/etc/issue", vfs::o_rdwr | vfs::o_append);
    CHECK(f && write(**f, "+").has_value());
    CHECK(holds("/etc/issue", "lower text+"));
    CHECK(reader && reads(**reader, "lower text+"));
    CHECK(inode("/etc/issue") == before);
    // hard links stay one file
    CHECK(inode("/usr/lib/libc.so") == inode("/lib/libc.so.6"));
    CHECK(put("/usr/lib/libc.so", "new").has_value());
    CHECK(holds("/usr/lib/libc.so.6", "new"));
    // whiteouts
    CHECK(vfs::remove(*context, {}, "/etc/empty", false).has_value());
    CHECK(stat_error("/etc/empty") == errc::no_entry);
    CHECK(list("/etc", "empty").seen == 0);
    CHECK(put("/etc/empty", "again").has_value());
    CHECK(list("/etc", "empty").seen == 1 && list("/etc", "issue").seen == 1);
    CHECK(list("/etc", "").count == 4);
    // directories
    CHECK(error_of(vfs::remove(*context, {}, "/old", true)) == errc::not_empty);
    CHECK(vfs::rename(*context, {}, "/old", {}, "/newer", 0).has_value());
    CHECK(stat_error("/old") == errc::no_entry && stat_error("/newer/a") == errc{});
    CHECK(vfs::make_directory(*context, {}, "/old", 0755).has_value());
    CHECK(stat_error("/old/a") == errc::no_entry);
    CHECK(vfs::remove(*context, {}, "/newer/a", false).has_value());
    CHECK(vfs::remove(*context, {}, "/newer", true).has_value());
    CHECK(vfs::remove(*context, {}, "/old", true).has_value());
    CHECK(stat_error("/old") == errc::no_entry);
    CHECK(put("/brand-new", "x").has_value() && holds("/brand-new", "x"));
    CHECK(vfs::make_link(*context, *vfs::resolve(*context, {}, "/brand-new", 0), {}, "/second")
              .has_value());
    CHECK(links("/second") == 2 && inode("/second") == inode("/brand-new"));
    CHECK(vfs::remove(*context, {}, "/brand-new", false).has_value());
    CHECK(holds("/second", "x") && links("/second") == 1);
}

void test_descriptors() noexcept {
    auto table = vfs::descriptor_table::create();
    CHECK(table.has_value());
    vfs::descriptor_table& t = **table;
    auto f = open("/etc/issue", vfs::o_rdonly);
    for (int i = 0; i < 200; ++i)
        CHECK(t.install(*f, i % 2, 0, 1024).value_or(-1) == i);
    CHECK(error_of(t.install(*f, false, 0, 200)) == errc::too_many_files);
    CHECK(t.close(100).has_value() && error_of(t.close(100)) == errc::bad_descriptor);
    CHECK(error_of(t.get(100)) == errc::bad_descriptor && t.get(150).has_value());
    CHECK(error_of(t.get(-1)) == errc::bad_descriptor);
    CHECK(t.install(*f, false, 50, 1024).value_or(-1) == 100);
    auto copy = t.copy();
    CHECK(copy && (*copy)->open_count() == 200);
    t.close_on_exec_now();
    CHECK(t.open_count() == 101 - 0 || t.open_count() == 100);
    t.close_range(10, ~0u, false);
    CHECK(t.next_open(10) == -1);
}

constinit refptr<vfs::file> ends[2];  // of the echo

void echo(void* argument) noexcept {
    auto* ends = static_cast<refptr<vfs::file>*>(argument);
    char c;
    for (;;) {
        vfs::io_buffer to{&c, 1, memory_kind::kernel};
        auto n = ends[0]->read(to);
        if (!n || *n == 0)
            break;
        vfs::io_buffer from{&c, 1, memory_kind::kernel};
        if (!ends[1]->write(from))
            break;
    }
    ends[1].reset();
    sched::exit_current();
}

void test_pipes() noexcept {
    auto there = make_pipe(0), back = make_pipe(0);
    CHECK(there && back);
    ends[0] = there->reader;
    ends[1] = std::move(back->writer);
    there->reader.reset();
    auto t = sched::thread::create("echo", echo, ends);
    CHECK(t.has_value());
    (*t)->start();
    constexpr unsigned rounds = 2000;
    const instant start = sched::monotonic_now();
    const u64 cycles = arch::cycle_counter();
    for (unsigned i = 0; i < rounds; ++i) {
        CHECK(write(*there->writer, "x").value_or(0) == 1);
        CHECK(reads(*back->reader, "x"));
    }
    log::notice("selftest vfs: pipe round trip {} cycles, {} ns",
                (arch::cycle_counter() - cycles) / rounds,
                static_cast<u64>((sched::monotonic_now() - start).ns) / rounds);
    there->writer.reset();
    CHECK(reads(*back->reader, ""));  // the echo ended: end of file
    ends[0].reset();

    auto p = make_pipe(vfs::o_nonblock);
    char block[4096] = {};
    usize total = 0;
    for (;;) {
        auto n = write(*p->writer, {block, sizeof(block)});
        if (!n) {
            CHECK(n.error() == errc::again);
            break;
        }
        total += *n;
    }
    CHECK(total == 65536);
    CHECK(!(p->writer->poll(nullptr) & vfs::poll_out));
    CHECK(error_of(set_pipe_capacity(*p->writer, 4096)) == errc::busy);
    CHECK(set_pipe_capacity(*p->writer, 100000).value_or(0) == 131072);
    CHECK(write(*p->writer, "y").value_or(0) == 1);
    p->reader.reset();
    CHECK(error_of(write(*p->writer, "z")) == errc::broken_pipe);
    CHECK(p->writer->poll(nullptr) & vfs::poll_err);
}

void signal_event(void* argument) noexcept {
    auto* f = static_cast<vfs::file*>(argument);
    (void)sched::sleep_until(sched::monotonic_now() + duration::milliseconds(20),
                             sched::wait_mode::uninterruptible);
    u64 one = 1;
    vfs::io_buffer from{&one, sizeof(one), memory_kind::kernel};
    (void)f->write(from);
    f->drop_ref();
    sched::exit_current();
}

void test_events() noexcept {
    auto e = make_epoll(0);
    auto event = make_eventfd(0, vfs::o_nonblock);
    CHECK(e && event);
    CHECK(control_epoll(**e, 1, **event, 5, vfs::poll_in, 77).has_value());
    CHECK(error_of(control_epoll(**e, 1, **event, 5, vfs::poll_in, 77)) == errc::exists);
    epoll_happening out[4];
    CHECK(wait_epoll(**e, out, 4, instant{}).value_or(9) == 0);
    (*event)->add_ref();
    auto t = sched::thread::create("event", signal_event, event->get());
    (*t)->start();
    auto n = wait_epoll(**e, out, 4, sched::monotonic_now() + duration::seconds(100));
    CHECK(n.value_or(0) == 1 && out[0].data == 77 && out[0].events == vfs::poll_in);
    CHECK(wait_epoll(**e, out, 4, instant{}).value_or(9) == 1);  // level triggered
    CHECK(control_epoll(**e, 3, **event, 5, u32{vfs::poll_in} | epoll_edge, 78).has_value());
    CHECK(wait_epoll(**e, out, 4, instant{}).value_or(9) == 1);
    CHECK(wait_epoll(**e, out, 4, instant{}).value_or(9) == 0);  // edge triggered
    auto outer = make_epoll(0);
    CHECK(control_epoll(**outer, 1, **e, 6, vfs::poll_in, 1).has_value());
    CHECK(error_of(control_epoll(**e, 1, **outer, 7, vfs::poll_in, 1)) == errc::too_many_symlinks);
    u64 one = 1;
    vfs::io_buffer from{&one, sizeof(one), memory_kind::kernel};
    CHECK((*event)->write(from).has_value());
    CHECK(wait_epoll(**outer, out, 4, instant{}).value_or(9) == 1);
    while ((*event)->reference_count() != 1)
        sched::yield();  // the other thread lets go of it
    event->reset();      // the last reference takes the item out
    CHECK(wait_epoll(**e, out, 4, instant{}).value_or(9) == 0);

    auto timer = make_timerfd(1, 0);
    CHECK(set_timerfd(**timer, 0, {5'000'000, 5'000'000}).has_value());
    vfs::poll_request r{timer->get(), vfs::poll_in, 0};
    CHECK(vfs::poll_files(&r, 1, sched::monotonic_now() + duration::seconds(100)).value_or(0) == 1);
    u64 times = 0;
    vfs::io_buffer to{&times, sizeof(times), memory_kind::kernel};
    CHECK((*timer)->read(to).value_or(0) == 8 && times >= 1);
    auto m = make_memfd("test", 2);
    CHECK(m && write(**m, "data").has_value());
    CHECK(add_seals(**m, 8).has_value() && error_of(write(**m, "x")) == errc::not_permitted);
}

void test_locks() noexcept {
    auto a = open("/etc/issue", vfs::o_rdwr), b = open("/etc/issue", vfs::o_rdwr);
    CHECK(vfs::lock_file(**a, 2).has_value());
    CHECK(error_of(vfs::lock_file(**b, 2 | 4)) == errc::again);
    CHECK(vfs::lock_file(**a, 8).has_value() && vfs::lock_file(**b, 1).has_value());
    CHECK(vfs::lock_file(**a, 1 | 4).has_value());
    int one = 0, two = 0;
    vfs::record_request r{{0, 100}, vfs::lock_list::mode::exclusive, &one, 1};
    CHECK(vfs::set_record_lock(**a, r, false).has_value());
    r.owner = &two;
    r.bytes = {50, 60};
    CHECK(error_of(vfs::set_record_lock(**b, r, false)) == errc::again);
    vfs::lock_list::view v;
    CHECK(vfs::get_record_lock(**b, r, v).value_or(false) && v.pid == 1);
    r.owner = &one;
    CHECK(vfs::unlock_records(**a, r).has_value());
    r.owner = &two;
    CHECK(vfs::set_record_lock(**b, r, false).has_value());
    r.bytes = {49, 60};
    CHECK(error_of(vfs::set_record_lock(**b, r, false)) == errc::again);
}

/// Several threads create, find, rename and remove names at once.
constinit std::atomic<u32> churning{0};
void churn(void* argument) noexcept {
    const auto me = reinterpret_cast<u64>(argument);
    for (unsigned i = 0; i < 300; ++i) {
        fixed_text<64> mine, other;
        format_to(mine, "/tmp/churn-{}-{}", me, i % 7);
        format_to(other, "/tmp/churn-{}-{}", (me + i) % 4, i % 5);
        CHECK(put(mine.view(), "c").has_value());
        (void)stat_error(other.view());
        (void)vfs::rename(*context, {}, mine.view(), {}, other.view(), 0);
        (void)vfs::remove(*context, {}, other.view(), false);
        (void)vfs::remove(*context, {}, mine.view(), false);
    }
    churning.fetch_sub(1);
    sched::exit_current();
}

void test_churn() noexcept {
    churning.store(4);
    for (u64 i = 0; i < 4; ++i) {
        auto t = sched::thread::create("churn", churn, reinterpret_cast<void*>(i));
        CHECK(t.has_value());
        (*t)->start();
    }
    while (churning.load() != 0)
        (void)sched::sleep_until(sched::monotonic_now() + duration::milliseconds(5),
                                 sched::wait_mode::uninterruptible);
    for (unsigned i = 0; i < 2000; ++i) {
        fixed_text<64> name;
        format_to(name, "/usr/none-{}", i);
        CHECK(stat_error(name.view()) == errc::no_entry);
    }
    const usize before = vfs::dentry_cache::get_statistics().names;
    CHECK(before >= 1500);
    (void)vfs::dentry_cache::reclaim(~usize{0});
    (void)vfs::dentry_cache::reclaim(~usize{0});
    CHECK(vfs::dentry_cache::get_statistics().names < 200);
}

template <typename F>
void measure(const char* what, F&& f) noexcept {
    constexpr unsigned rounds = 1000;
    f();
    const u64 start = arch::cycle_counter();
    for (unsigned i = 0; i < rounds; ++i)
        f();
    log::notice("selftest vfs: {}: {} cycles", what, (arch::cycle_counter() - start) / rounds);
}

void measure_all() noexcept {
    measure("stat /usr/lib/libc.so", [] {
        auto p = vfs::resolve(*context, {}, "/usr/lib/libc.so", vfs::follow_last);
        (void)vfs::get_attributes(*p);
    });
    measure("open+close /usr/lib/libc.so", [] { (void)open("/usr/lib/libc.so", vfs::o_rdonly); });
    measure("create+unlink /tmp/x", [] {
        (void)open("/tmp/x", vfs::o_rdwr | vfs::o_creat);
        (void)vfs::remove(*context, {}, "/tmp/x", false);
    });
    (void)put("/tmp/page", "");
    auto f = open("/tmp/page", vfs::o_rdwr);
    static char page[page_size];
    measure("pwrite 4 KB", [&] {
        vfs::io_buffer from{page, sizeof(page), memory_kind::kernel};
        (void)(*f)->write_at(from, 0);
    });
    measure("pread 4 KB", [&] {
        vfs::io_buffer to{page, sizeof(page), memory_kind::kernel};
        (void)(*f)->read_at(to, 0);
    });
}

}  // namespace

bool self_test() noexcept {
    register_filesystems();
    auto lower = make_lower();
    CHECK(lower.has_value());
    if (!lower || !mount_root_tree(std::move(*lower)))
        return false;
    auto made = vfs::directory_context::create(vfs::root_path(), vfs::root_path(), 022);
    if (!made)
        return false;
    context = std::move(*made);
    test_names();
    test_files();
    test_overlay();
    test_descriptors();
    test_pipes();
    test_events();
    test_locks();
    test_churn();
    measure_all();
    context.reset();
    return failures.load() == 0;
}

}  // namespace osprey::fs
