// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <base/log.hh>
#include <base/system_name.hh>
#include <boot/command_line.hh>
#include <boot/power.hh>
#include <charconv>
#include <drivers/block/verity/verified_disk.hh>
#include <drivers/console/character_port.hh>
#include <fs/console/streams.hh>
#include <fs/tty/terminal.hh>
#include <memory/frame.hh>
#include <process/control_channel.hh>
#include <process/init.hh>
#include <process/out_of_memory.hh>
#include <process/program.hh>
#include <process/root.hh>
#include <process/task.hh>
#include <sync/random_pool.hh>

namespace osprey::proc {
namespace {

constexpr i32 not_runnable = 126, not_found = 127;  // as shells answer
constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view image_command_line = "/etc/osprey/cmdline";

/// Every option of the kernel's command line, wherever it is looked at (docs/host-guest.md).
constexpr std::string_view known_options[] = {
    "cwd",        "defaultgw", "env",        "hostname", "ip",   "ip6",
    "ip6-secret", "mtu",       "nameserver", "net",      "root", "root-hash",
    "search",     "seed",      "selftest",   "strace",   "tty",  "verbose"};

using readiness = bool (*)(const boot::command_line&, text_sink&) noexcept;
constinit readiness before_programs = nullptr;
using last_step = void (*)() noexcept;
constinit last_step after_programs = nullptr;

/// How the first program ended, as the host tool wants to know it.
struct outcome {
    bool known = false;
    exit_status status;
};

// Signals that came before there was a program: bit n-1 for signal n, kept for the first one.
constinit std::atomic<u64> held_signals{0};
constinit std::atomic<bool> programs_exist{false};

void send_to_programs(i32 number) noexcept {
    signal_info info = make_signal(static_cast<signal>(number), 0x80);
    for_each_process(
        [](process& p, void* context) {
            (void)send_signal(p, *static_cast<signal_info*>(context));
            return true;
        },
        &info);
}

/// A signal from the host, for all programs. One that comes before the first program is not lost.
void send_to_all(i32 number) noexcept {
    if (!programs_exist.load()) {
        const u64 bit = u64{1} << (number - 1);
        held_signals.fetch_or(bit);
        // Did the first program appear meanwhile, and not see it?
        if (!programs_exist.load() || !(held_signals.fetch_and(~bit) & bit))
            return;
    }
    send_to_programs(number);
}

void release_held_signals() noexcept {
    if (programs_exist.exchange(true))
        return;
    const u64 held = held_signals.exchange(0);
    for (i32 number = 1; number <= 64; ++number)
        if (held >> (number - 1) & 1)
            send_to_programs(number);
}

[[noreturn]] void finish(exit_status status) noexcept {
    const i32 killer = static_cast<i32>(status.raw & 0x7f);
    i32 code = killer ? 128 + killer : static_cast<i32>(status.raw >> 8);
    // A program that read wrong bytes and says that all is well does not know better.
    if (code == 0 && drivers::verity::damage_count() != 0)
        code = not_runnable;
    if (killer)
        tell_exit_signal(killer);
    else
        tell_exit_code(code);
    if (after_programs)
        after_programs();
    if (has_control_channel())
        boot::power_off();
    boot::exit_with(static_cast<u8>(code & 0x7f));
}

[[noreturn]] void fail(std::string_view message, i32 code) noexcept {
    log::error("{}", message);
    tell_error(message);
    finish(exit_status::exited(code));
}

/// The environment of the programs: defaults, then --env options.
result<void> make_environment(const boot::command_line& line,
                              vector<std::string_view>& out) noexcept {
    auto set = [&](std::string_view assignment) -> result<void> {
        const std::string_view name = assignment.substr(0, assignment.find('=') + 1);
        for (std::string_view& old : out)
            if (old.starts_with(name)) {
                old = assignment;
                return ok;
            }
        return out.push_back(assignment);
    };
    TRY_VOID(set("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    TRY_VOID(set("HOME=/root"));
    TRY_VOID(set("TERM=linux"));
    for (const auto& option : line.options)
        if (option.name == "env" && option.value.view().find('=') != std::string_view::npos)
            TRY_VOID(set(option.value.view()));
    return ok;
}

std::string_view value_of(const vector<std::string_view>& environment,
                          std::string_view name) noexcept {
    for (std::string_view assignment : environment)
        if (assignment.starts_with(name) && assignment.substr(name.size()).starts_with('='))
            return assignment.substr(name.size() + 1);
    return {};
}

/// What a shell would run for `name`: itself if it has a slash, else the first hit in PATH.
result<string> find_program(vfs::directory_context& directories, std::string_view name,
                            std::string_view path) noexcept {
    if (name.find('/') != name.npos)
        return string::copy_of(name);
    if (path.empty())
        path = default_path;
    while (!path.empty()) {
        const usize colon = path.find(':');
        string candidate = TRY(string::format("{}/{}", path.substr(0, colon), name));
        auto found =
            vfs::resolve(directories, directories.cwd(), candidate.view(), vfs::follow_last);
        if (found && found->node() && !found->node()->is_directory())
            return candidate;
        path = colon == path.npos ? std::string_view{} : path.substr(colon + 1);
    }
    return errc::no_entry;
}

/// Everything that stays the same from program to program.
struct launcher {
    const boot::command_line& options;
    vector<std::string_view> environment;
    vfs::path cwd;

    result<refptr<process>> start(const boot::command_line::program& what) noexcept {
        auto directories = TRY(vfs::directory_context::create(vfs::root_path(), cwd, 022));
        auto descriptors = TRY(vfs::descriptor_table::create());
        TRY_VOID(fs::install_standard_streams(*descriptors));
        const string path =
            TRY(find_program(*directories, what.words[0].view(), value_of(environment, "PATH")));
        vector<std::string_view> arguments;
        for (const string& word : what.words)
            TRY_VOID(arguments.push_back(word.view()));
        return start_program({.path = path.view(),
                              .arguments = arguments.data(),
                              .argument_count = arguments.size(),
                              .environment = environment.data(),
                              .environment_count = environment.size(),
                              .traced = options.has("strace")},
                             nullptr, std::move(descriptors), std::move(directories));
    }
};

/// What to tell about a program that cannot be started when nothing more exact is known.
std::string_view reason_of(errc error) noexcept {
    switch (error) {
        case errc::no_entry:
            return "not found";
        case errc::access_denied:
            return "not an executable file";
        case errc::structure_needs_cleaning:
            return "the image is damaged there";
        case errc::io_error:
            return "its disk cannot be read";
        case errc::out_of_memory:
            return "not enough memory";
        default:
            return name_of(error);
    }
}

/// Runs all programs as a shell would. @return how the first one ended.
exit_status run_all(launcher& how, const vector<boot::command_line::program>& programs) noexcept {
    vector<refptr<process>> running;
    outcome first;
    refptr<process> first_process;
    for (const auto& program : programs) {
        auto started = how.start(program);
        if (!started) {
            fixed_text<300> text;
            fixed_text<200> reason;
            take_last_refusal(reason);
            if (reason.view().empty())
                reason.append(reason_of(started.error()));
            format_to(text, "{}: {}", program.words[0].view(), reason.view());
            log::error("{}", text.view());
            tell_error(text.view());
            if (!first.known && !first_process)
                first = {true, exit_status::exited(
                                   started.error() == errc::no_entry ? not_found : not_runnable)};
            continue;
        }
        const bool is_first = !first.known && !first_process;
        if (is_first)
            first_process = *started;
        release_held_signals();
        if (program.background && running.push_back(*started))
            continue;
        const exit_status status = wait_for(**started);
        if (is_first)
            first = {true, status};
    }
    for (auto& p : running) {
        const exit_status status = wait_for(*p);
        if (p == first_process)
            first = {true, status};
    }
    return first.status;
}

result<boot::command_line> read_image_command_line(vfs::directory_context& directories) noexcept {
    auto file = TRY(vfs::open(directories, vfs::root_path(), image_command_line, vfs::o_rdonly, 0));
    vector<char> text;
    TRY_VOID(text.resize(128 * 1024));
    vfs::io_buffer buffer{text.data(), text.size(), vfs::io_buffer::memory_kind::kernel};
    const usize got = TRY(file->read_at(buffer, 0));
    return boot::parse_command_line({text.data(), got});
}

/// Adds what the image's own command line says; the kernel's counts more.
result<void> merge(boot::command_line& line, boot::command_line&& image) noexcept {
    for (auto& option : line.options)
        TRY_VOID(image.options.push_back(std::move(option)));
    line = std::move(image);
    return ok;
}

/// A misspelt option must not just do nothing.
void refuse_unknown_options(const boot::command_line& line) noexcept {
    for (const auto& option : line.options) {
        const auto* end = std::end(known_options);
        if (std::find(std::begin(known_options), end, option.name.view()) != end)
            continue;
        fixed_text<200> text;
        format_to(text, "the kernel knows no option --{}", option.name.view());
        fail(text.view(), not_runnable);
    }
}

/// --tty=ROWSxCOLUMNS: what a program finds that asks at once, before the control channel tells it.
void set_first_window_size(std::string_view text) noexcept {
    u16 rows = 0, columns = 0;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, rows);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != 'x')
        return;
    const auto second = std::from_chars(first.ptr + 1, end, columns);
    if (second.ec == std::errc{} && second.ptr == end)
        fs::set_window_size(rows, columns);
}

/// The programs' console: virtio ports if there are any, else the first serial line.
result<void> connect_console(bool terminal) noexcept {
    fs::set_terminal_identity([](fs::terminal_id which) noexcept {
        const process& p = current_process();
        return (which == fs::terminal_id::session ? p.session : p.process_group)
            .load(std::memory_order_relaxed);
    });
    // Keys like Ctrl-C go to the foreground group; 0: no shell has set one, so to everybody.
    fs::set_terminal_signal([](i32 group, int number) noexcept {
        if (group == 0)
            return send_to_all(number);
        struct target {
            i32 group;
            signal_info info;
        } to{group, make_signal(static_cast<signal>(number), 0x80)};
        for_each_process(
            [](process& p, void* context) noexcept {
                const auto& t = *static_cast<target*>(context);
                if (p.process_group.load(std::memory_order_relaxed) == t.group)
                    (void)send_signal(p, t.info);
                return true;
            },
            &to);
    });
    return fs::set_up_console({.port = drivers::find_console_port(),
                               .error_port = drivers::find_character_port("org.osprey.stderr"),
                               .terminal = terminal});
}

}  // namespace

void set_before_programs(bool (*ready)(const boot::command_line&, text_sink&) noexcept) noexcept {
    before_programs = ready;
}

void set_after_programs(void (*done)() noexcept) noexcept {
    after_programs = done;
}

void end_machine(machine_end how) noexcept {
    if (how == machine_end::power_off)
        finish(exit_status::exited(0));
    tell_exit_code(0);
    if (after_programs)
        after_programs();
    boot::reset();
}

void run_programs(std::string_view command_line) noexcept {
    watch_out_of_memory();
    open_control_channel({.end_of_input = fs::set_input_end,
                          .send_signal = send_to_all,
                          .window_size = fs::set_window_size});
    auto line = boot::parse_command_line(command_line);
    if (!line)
        fail("the kernel's command line has an open quote or an empty program", not_runnable);
    if (line->has("hostname"))
        set_host_name(line->value("hostname"));
    if (const std::string_view seed = line->value("seed"); !seed.empty())
        add_entropy({reinterpret_cast<const u8*>(seed.data()), seed.size()});
    if (!mount_root(line->value("root"), line->value("root-hash")))
        finish(exit_status::exited(not_runnable));
    set_first_window_size(line->value("tty"));
    if (!connect_console(line->has("tty")))
        fail("the console cannot be opened", not_runnable);
    auto directories = vfs::directory_context::create(vfs::root_path(), vfs::root_path(), 022);
    if (!directories)
        fail("no memory to start a program", not_runnable);
    if (line->programs.empty()) {
        auto image = read_image_command_line(**directories);
        if (!image || image->programs.empty() || !merge(*line, std::move(*image)))
            fail("no program to run: the command line names none, nor does /etc/osprey/cmdline",
                 not_found);
    }
    refuse_unknown_options(*line);
    launcher how{*line, {}, vfs::root_path()};
    if (!make_environment(*line, how.environment))
        fail("no memory for the environment", not_runnable);
    if (const std::string_view cwd = line->value("cwd"); !cwd.empty()) {
        auto there = vfs::resolve(**directories, vfs::root_path(), cwd,
                                  vfs::follow_last | vfs::want_directory);
        if (!there)
            fail("--cwd names no directory", not_runnable);
        how.cwd = std::move(*there);
    }
    if (fixed_text<200> why; before_programs && !before_programs(*line, why))
        fail(why.view(), not_runnable);
    tell_booted(arch::now().ns / 1000, arch::cpu_count(),
                memory::get_statistics().total * page_size);
    finish(run_all(how, line->programs));
}

}  // namespace osprey::proc
