// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <fs/tty/console_terminal.hh>
#include <utility>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {
constinit std::atomic<console_terminal*> the_console{nullptr};
}  // namespace

console_terminal* console_terminal::get() noexcept {
    return the_console.load(std::memory_order_acquire);
}

console_terminal::console_terminal(drivers::character_port& port) noexcept
    : terminal{{5, 1}}, port_{port} {
    struct termios::settings typed = discipline_.settings();
    typed.input |= termios::iutf8;  // the terminals of hosts are
    discipline_.set(typed);
}

result<void> console_terminal::start(drivers::character_port& port, u16 rows,
                                     u16 columns) noexcept {
    auto* t = new (std::nothrow) console_terminal{port};
    if (!t)
        return errc::out_of_memory;
    t->set_window_size({rows, columns, 0, 0});
    auto thread = sched::thread::create("tty", feed, t);
    if (!thread) {
        delete t;
        return thread.error();
    }
    the_console.store(t, std::memory_order_release);
    (*thread)->start();
    return ok;
}

void console_terminal::feed(void* self) noexcept {
    auto& t = *static_cast<console_terminal*>(self);
    constexpr auto mode = sched::wait_mode::uninterruptible;
    for (;;) {
        (void)t.port_.input_arrived.wait([&] { return t.port_.input_ready(); }, mode);
        {
            change scope{t};
            t.typed_.store(static_cast<u32>(t.port_.read(t.input_, sizeof t.input_)));
        }
        (void)t.typed_gone_.wait([&] { return t.typed_.load() == 0; }, mode);
    }
}

void console_terminal::pull_input() noexcept {
    const u32 all = typed_.load(std::memory_order_relaxed);
    if (all == 0)
        return;
    const auto taken = static_cast<u32>(discipline_.receive(input_, all));
    std::memmove(input_, input_ + taken, all - taken);
    typed_.store(all - taken);
}

void console_terminal::put_output(const char* text, usize bytes) noexcept {
    std::memcpy(output_ + output_used_, text, bytes);
    output_used_ += static_cast<u32>(bytes);
}

/// Sends what has been put, and the echoes that had to wait for it.
void console_terminal::tell(u32) noexcept {
    typed_gone_.wake_all();
    sync::lock_guard guard{sending_};
    for (;;) {
        char piece[sizeof output_];
        u32 size;
        {
            sync::lock_guard state{mutex_};
            discipline_.send_echoes();
            size = std::exchange(output_used_, 0u);
            std::memcpy(piece, output_, size);
        }
        if (size == 0)
            return;
        (void)port_.write(piece, size);  // a line that is down is not an error of anyone
    }
}

void console_terminal::end_input() noexcept {
    line_.store(line::ended, std::memory_order_release);
    readers_.wake_all(vfs::poll_in | vfs::poll_hup);
}

namespace {

result<refptr<vfs::file>> open_console(refptr<vfs::vnode> node, vfs::device_number,
                                       u32 flags) noexcept {
    console_terminal* t = console_terminal::get();
    if (!t)
        return errc::no_device_or_address;
    TRY_VOID(t->open());
    // As on Linux, nobody gets a controlling terminal by this name.
    return open_terminal(refptr<terminal>{t}, std::move(node), flags | vfs::o_noctty);
}

/// /dev/tty stands for the caller's controlling terminal; without one: ENXIO.
result<refptr<vfs::file>> open_own(refptr<vfs::vnode> node, vfs::device_number,
                                   u32 flags) noexcept {
    job_control* p = get_job_control();
    refptr<terminal> t = p ? p->of_caller() : nullptr;
    if (!t)
        return errc::no_device_or_address;
    TRY_VOID(t->open());
    return open_terminal(std::move(t), std::move(node), flags | vfs::o_noctty);
}

constinit vfs::device_class tty_class{"/dev/tty", vfs::node_type::character_device, 5, 0, 1,
                                      open_own};
constinit vfs::device_class console_class{"/dev/console", vfs::node_type::character_device, 5, 1, 1,
                                          open_console};

}  // namespace

void register_terminal_devices() noexcept {
    vfs::register_device(tty_class);
    vfs::register_device(console_class);
}

}  // namespace osprey::fs
