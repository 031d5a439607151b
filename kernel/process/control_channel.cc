// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <drivers/console/character_port.hh>
#include <process/control_channel.hh>
#include <process/json_line.hh>
#include <sched/thread.hh>

namespace osprey::proc {
namespace {

constexpr std::string_view version = "0.1.0";
constexpr usize longest_line = 512;

constinit drivers::character_port* port = nullptr;
constinit control_commands commands{};
constinit sync::mutex write_mutex;

void send(std::string_view line) noexcept {
    if (!port)
        return;
    sync::lock_guard guard{write_mutex};
    (void)port->write(line.data(), line.size());
}

void obey(std::string_view line) noexcept {
    u64 value, second;
    if (find_json_number(line, "stdin_eof", value))
        commands.end_of_input(value);
    else if (find_json_number(line, "signal", value) && value >= 1 && value <= 64)
        commands.send_signal(static_cast<i32>(value));
    else if (find_json_number(line, "winsize", value) &&
             find_json_number(line, "winsize", second, 1))
        commands.window_size(static_cast<u16>(value), static_cast<u16>(second));
    else if (find_json_number(line, "agent", value))
        commands.start_agent();
    else if (find_json_number(line, "strace", value) && value <= 0x7fff'ffff)
        commands.trace_calls(static_cast<i32>(value));
    else if (find_json_number(line, "strace_end", value))
        commands.end_tracing();
    else
        log::warning("control channel: \"{}\" is no command", line);
}

[[noreturn]] void listen(void*) noexcept {
    char line[longest_line];
    usize filled = 0;
    bool too_long = false;
    for (;;) {
        (void)port->input_arrived.wait([] { return port->input_ready(); },
                                       sched::wait_mode::uninterruptible);
        char c;
        while (port->read(&c, 1) == 1) {
            if (c == '\n') {
                if (filled != 0 && !too_long)
                    obey({line, filled});
                filled = 0;
                too_long = false;
            } else if (filled < longest_line) {
                line[filled++] = c;
            } else {
                too_long = true;
            }
        }
    }
}

}  // namespace

bool open_control_channel(const control_commands& what) noexcept {
    port = drivers::find_character_port("org.osprey.control");
    if (!port)
        return false;
    commands = what;
    auto listener = sched::thread::create(
        "control", [](void* p) { listen(p); }, nullptr);
    if (!listener)
        log::error("control channel: no memory to listen");
    else
        (*listener)->start();
    return true;
}

bool has_control_channel() noexcept {
    return port != nullptr;
}

void tell_booted(u64 microseconds, u32 cpus, u64 memory_bytes) noexcept {
    fixed_text<200> line;
    format_to(line, "{{\"event\":\"booted\",\"boot_us\":{},\"cpus\":{},\"memory\":{},\"version\":",
              microseconds, cpus, memory_bytes);
    write_json_string(line, version);
    line.append("}\n");
    send(line.view());
}

void tell_network(const network_address& a) noexcept {
    fixed_text<400> line;
    format_to(line,
              "{{\"event\":\"network\",\"interface\":\"{}\",\"address\":\"{}\",\"prefix\":{},",
              a.interface, a.address, a.prefix);
    if (!a.gateway.empty())
        format_to(line, "\"gateway\":\"{}\",", a.gateway);
    format_to(line, "\"dns\":[{}]}}\n", a.name_servers);
    send(line.view());
}

void tell_exit_code(i32 code) noexcept {
    fixed_text<80> line;
    format_to(line, "{{\"event\":\"exit\",\"code\":{}}}\n", code);
    send(line.view());
}

void tell_exit_signal(i32 number) noexcept {
    fixed_text<80> line;
    format_to(line, "{{\"event\":\"exit\",\"signal\":{}}}\n", number);
    send(line.view());
}

namespace {

void send_error(std::string_view message, std::string_view more_members) noexcept {
    constexpr usize longest_message = 200;  // escaped: six times as much at most
    fixed_text<6 * longest_message + 96> line;
    line.append("{\"event\":\"error\",\"message\":");
    write_json_string(line, message.substr(0, longest_message));
    line.append(more_members);
    line.append("}\n");
    send(line.view());
}

}  // namespace

void tell_error(std::string_view message) noexcept {
    send_error(message, {});
}

void tell_no_agent(std::string_view why) noexcept {
    fixed_text<400> line;
    line.append("{\"event\":\"agent\",\"error\":");
    write_json_string(line, why);
    line.append("}\n");
    send(line.view());
}

void tell_agent_ended() noexcept {
    send("{\"event\":\"agent\",\"ended\":true}\n");
}

void tell_damaged_image(std::string_view message) noexcept {
    send_error(message, ",\"image_damaged\":true");
}

}  // namespace osprey::proc
