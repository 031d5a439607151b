// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <sys/syscall.h>
#include <base/files.hh>
#include <base/process_mark.hh>
#include <base/text.hh>

namespace osprey::cli {

std::string process_mark(pid_t pid) {
    const std::string stat = try_read_file(fmt::format("/proc/{}/stat", pid)).value_or("");
    const size_t name_end = stat.rfind(')');  // the name may hold anything
    if (name_end == std::string::npos) {
        return {};
    }
    // From field 3 on: state, then 18 more before the start time.
    const std::vector<std::string> fields = split_blanks(stat.substr(name_end + 1));
    constexpr size_t state = 0;
    constexpr size_t start_time = 19;
    if (fields.size() <= start_time || fields[state] == "Z" || fields[state] == "X") {
        return {};
    }
    std::string boot = try_read_file("/proc/sys/kernel/random/boot_id").value_or("");
    return fmt::format("{}/{}", boot.substr(0, boot.find('\n')), fields[start_time]);
}

unique_fd open_process(pid_t pid, const std::string& mark) {
    unique_fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    // Looked at after it is held, so the number cannot pass to another process in between.
    return process && !mark.empty() && process_mark(pid) == mark ? std::move(process) : unique_fd{};
}

}  // namespace osprey::cli
