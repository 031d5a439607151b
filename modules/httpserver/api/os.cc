// SPDX-License-Identifier: BSD-3-Clause
#include <sys/sysinfo.h>
#include <unistd.h>
#include <base/error.hh>
#include <base/identity.hh>
#include <base/text.hh>
#include <http/routes.hh>
#include <http/settings.hh>

#include <climits>
#include <ctime>

#include "os_log.hh"
#include "os_power.hh"

namespace osprey::rest {

namespace {

reply get_name(call& c) {
    return json(c.site.compatible ? "OSv" : identify_system().name);
}

reply get_version(call&) {
    return json(identify_system().version);
}

reply get_vendor(call& c) {
    return json(c.site.compatible ? "Cloudius Systems" : "Osprey");
}

reply get_uptime(call&) {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return json(now.tv_sec);
}

reply get_date(call&) {
    const time_t now = ::time(nullptr);
    tm parts{};
    ::localtime_r(&now, &parts);
    char text[100];
    return json(
        std::string(text, std::strftime(text, sizeof text, "%a %b %d %H:%M:%S %Z %Y", &parts)));
}

struct sysinfo memory() {
    struct sysinfo facts {};
    if (::sysinfo(&facts) != 0) {
        throw system_error("Cannot read the amount of memory", errno);
    }
    return facts;
}

reply get_memory_total(call&) {
    const auto facts = memory();
    return json(static_cast<uint64_t>(facts.totalram) * facts.mem_unit);
}

reply get_memory_free(call&) {
    const auto facts = memory();
    return json(static_cast<uint64_t>(facts.freeram) * facts.mem_unit);
}

/// Pages that the hypervisor's balloon holds, where the kernel counts them.
reply get_memory_balloon(call&) {
    int64_t pages = 0;
    const auto text = read_text("/proc/vmstat").value_or("");
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = words(line);
        if (fields.size() == 2 && fields[0] == "balloon_inflate") {
            pages += to_number(fields[1]).value_or(0);
        } else if (fields.size() == 2 && fields[0] == "balloon_deflate") {
            pages -= to_number(fields[1]).value_or(0);
        }
    }
    return json(std::max<int64_t>(pages, 0) * ::sysconf(_SC_PAGESIZE));
}

reply get_hostname(call&) {
    char name[HOST_NAME_MAX + 1] = {};
    ::gethostname(name, sizeof name - 1);
    return json(name);
}

reply set_hostname(call& c) {
    const std::string name = c.text("name");
    if (::sethostname(name.data(), name.size()) != 0) {
        throw system_error("Cannot set the host name", errno);
    }
    return nothing();
}

reply get_command_line(call&) {
    return json(read_word("/proc/cmdline"));
}

/// The command line comes with the machine (QEMU's -append, or the image, which is read-only), so
/// it can only be kept where somebody has provided a place that lasts.
reply set_command_line(call& c) {
    constexpr size_t longest = 2047;  // what the kernel takes
    const std::string text = c.text("cmdline");
    if (text.size() > longest) {
        throw api_error{400, "The command line is longer than 2047 bytes"};
    }
    if (c.site.command_line_file.empty()) {
        throw api_error{501,
                        "There is no place to keep a command line: the image is read-only "
                        "(--cmdline-file of the server names one)"};
    }
    if (const int error = write_whole(c.site.command_line_file, text + "\n")) {
        throw system_error("Cannot store the command line", error);
    }
    return json(text);
}

}  // namespace

api os_api() {
    return {
        "os",
        "OS core API",
        {
            {"GET", "/os/name", "getOSname", "Name of the system", "string", get_name},
            {"GET", "/os/version", "getOSversion", "Version of the kernel", "string", get_version},
            {"GET", "/os/vendor", "getOSvendor", "Who makes the system", "string", get_vendor},
            {"GET", "/os/uptime", "getOSuptime", "Seconds since boot", "integer", get_uptime},
            {"GET", "/os/date", "getOSdate", "Current date and time", "string", get_date},
            {"GET", "/os/memory/total", "getOSmemory_total", "Memory in bytes", "integer",
             get_memory_total},
            {"GET", "/os/memory/free", "getOSmemory_free", "Memory in bytes that is free",
             "integer", get_memory_free},
            {"GET", "/os/memory/balloon", "getOSmemory_balloon",
             "Memory in bytes that the balloon holds", "integer", get_memory_balloon},
            {"POST", "/os/poweroff", "os_poweroff", "Switch the machine off", "void", power_off},
            {"POST", "/os/shutdown", "os_shutdown", "Shut the system down and switch off", "void",
             power_off},
            {"POST", "/os/reboot", "os_reboot", "Start the machine anew", "void", restart},
            {"GET",
             "/os/dmesg",
             "getDmesg",
             "The kernel's log",
             "string",
             get_log,
             {{"since",
               "Only lines with this sequence number or a later one; the header "
               "Osprey-Log-Next tells the number to ask for next",
               false, "integer"}}},
            {"GET", "/os/hostname", "getHostname", "Host name", "string", get_hostname},
            {"POST",
             "/os/hostname",
             "setHostname",
             "Set the host name",
             "void",
             set_hostname,
             {{"name", "The new name", true}}},
            {"GET", "/os/cmdline", "getCmdline", "The kernel's command line", "string",
             get_command_line},
            {"POST",
             "/os/cmdline",
             "setCmdline",
             "Set the command line of the next boot",
             "string",
             set_command_line,
             {{"cmdline", "The new command line", true}}},
        },
    };
}

}  // namespace osprey::rest
