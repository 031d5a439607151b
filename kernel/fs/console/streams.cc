// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <fs/console/port_stream.hh>
#include <fs/console/streams.hh>
#include <fs/tty/console_terminal.hh>
#include <vfs/lookup.hh>

namespace osprey::fs {

namespace {
constinit console_setup setup;
// Rows and columns that the host told before there was a terminal: rows << 16 | columns
constinit std::atomic<u32> early_window{0};
}  // namespace

result<void> set_up_console(const console_setup& how) noexcept {
    setup = how;
    if (!setup.error_port)
        setup.error_port = setup.port;
    if (setup.terminal && setup.port)
        TRY_VOID(console_terminal::start(*setup.port, how.rows, how.columns));
    if (const u32 told = early_window.load())
        set_window_size(static_cast<u16>(told >> 16), static_cast<u16>(told));
    return ok;
}

result<void> install_standard_streams(vfs::descriptor_table& table) noexcept {
    constexpr u32 no_limit = 1024;
    if (console_terminal* console = console_terminal::get()) {
        // One description behind all three, as a login gives; opened by name so that ttyname works.
        refptr<vfs::file> f;
        auto context = vfs::directory_context::create(vfs::root_path(), vfs::root_path(), 022);
        if (context)
            if (auto opened = vfs::open(**context, {}, "/dev/console", vfs::o_rdwr, 0))
                f = std::move(*opened);
        if (!f)
            f = TRY(open_terminal(refptr<terminal>{console}, nullptr, vfs::o_rdwr | vfs::o_noctty));
        for (int fd = 0; fd < 3; ++fd)
            TRY_VOID(table.install_at(fd, f, false, no_limit));
        return ok;
    }
    using direction = port_stream::direction;
    refptr<vfs::file> in = TRY(make_ref<port_stream>(setup.port, direction::input, 1u));
    refptr<vfs::file> out = TRY(make_ref<port_stream>(setup.port, direction::output, 2u));
    refptr<vfs::file> error = setup.error_port == setup.port
                                  ? out
                                  : refptr<vfs::file>{TRY(make_ref<port_stream>(
                                        setup.error_port, direction::output, 3u))};
    TRY_VOID(table.install_at(0, std::move(in), false, no_limit));
    TRY_VOID(table.install_at(1, std::move(out), false, no_limit));
    return table.install_at(2, std::move(error), false, no_limit);
}

void set_input_end(u64 bytes) noexcept {
    port_stream::set_input_end(bytes);
    if (console_terminal* t = console_terminal::get())
        t->end_input();
}

void set_window_size(u16 rows, u16 columns) noexcept {
    early_window.store(u32{rows} << 16 | columns);
    if (console_terminal* t = console_terminal::get())
        t->set_window_size({rows, columns, 0, 0});
}

}  // namespace osprey::fs
