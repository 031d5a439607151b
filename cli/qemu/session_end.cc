// SPDX-License-Identifier: BSD-3-Clause
// How a run ended: the exit code of the tool, and what the user is told about it.
#include <signal.h>
#include <sys/wait.h>
#include <base/text.hh>
#include <qemu/log_report.hh>
#include <qemu/session.hh>

#include <algorithm>
#include <array>
#include <cstring>

namespace osprey::cli::qemu {

namespace {

constexpr size_t log_tail_lines = 60;
constexpr size_t most_missing_calls = 5;
constexpr int guest_panic_status = 127;

int status_code(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Signals after which the kernel has written a crash report to its log.
bool is_crash(int signal) {
    constexpr std::array crashes{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT};
    return std::ranges::find(crashes, signal) != crashes.end();
}

}  // namespace

void session::show_log() {
    const std::vector<std::string> lines = log_tail(log_text_, log_tail_lines);
    if (lines.empty()) {
        return;
    }
    if (report_.style().json) {
        report_.event({{"event", "log"}, {"lines", lines}});
        return;
    }
    if (report_.style().verbose) {
        return;  // it was shown as it came
    }
    report_.raw("--- end of the kernel log ---\n");
    for (const std::string& line : lines) {
        report_.raw(line + "\n");
    }
    report_.raw(fmt::format("--- all of it: {} ---\n", record_.log_path().string()));
}

void session::show_missing_calls() {
    const std::vector<std::string> missing = missing_calls(log_text_);
    for (size_t i = 0; i < missing.size(); ++i) {
        if (i == most_missing_calls) {
            report_.line(fmt::format("osprey: more of that in {}", record_.log_path().string()));
            return;
        }
        report_.line(fmt::format("osprey: the kernel's log says: {}", missing[i]));
    }
}

void session::show_memory_report() {
    for (const std::string& line : memory_report(log_text_)) {
        report_.line(fmt::format("osprey: {}", line));
    }
}

/// QEMU ended by itself, and the guest had not said that it would.
failure session::unexpected_end(int qemu_code) const {
    const std::string words = qemu_text_.substr(0, qemu_text_.find_last_not_of(" \r\n") + 1);
    const auto says = [&](const char* what) {
        return words.find(what) != std::string::npos;
    };
    if (WIFSIGNALED(qemu_status_) && WTERMSIG(qemu_status_) != SIGABRT) {
        const int signal = WTERMSIG(qemu_status_);
        const char* name = ::sigdescr_np(signal);
        return failure{
            fmt::format("QEMU was ended by signal {} ({}) from outside{}", signal,
                        name != nullptr ? name : "?", booted_ ? " while the program ran" : ""),
            signal == SIGKILL ? "Was this machine short of memory (dmesg | grep -i oom)? Then give "
                                "the guest less with -m."
                              : "Run it again; with -v the steps before it are shown."};
    }
    const char* hint = "Look at the QEMU line with --dry-run.";
    if (says("cannot set up guest memory") || says("Cannot allocate memory")) {
        hint = "Give the guest less memory with -m.";
    } else if (says("accelerator") || says("-accel") || says("KVM") || says("kvm")) {
        hint = "Try --accel tcg, which works everywhere.";
    } else if (qemu_code == 127 && words.empty()) {
        hint = "Does QEMU run at all? Try `qemu-system-x86_64 --version`.";
    }
    if (!booted_ && log_text_.empty()) {
        return failure{fmt::format("QEMU ended with status {} before the kernel said anything{}{}",
                                   qemu_code, words.empty() ? "" : ": ", words),
                       hint};
    }
    return failure{fmt::format("the guest stopped without saying why (QEMU's status: {}){}{}",
                               qemu_code, words.empty() ? "" : ": ", words),
                   "The kernel's log above may tell; -v shows all of it."};
}

/// The run ends with an error, and still as a run: `finished` follows with `--json`.
int session::tell(const failure& error) {
    report_.warning(error.what());
    if (!report_.style().json) {
        report_.raw(fmt::format("        {}\n", printable(error.hint())));
    }
    return static_cast<int>(error.status());
}

int session::conclude() {
    report_.set_raw(false);
    if (!qemu_text_.empty()) {
        report_.detail(fmt::format("QEMU says: {}", qemu_text_));
    }
    const int qemu_code = status_code(qemu_status_);
    if (timed_out_) {
        report_.warning(fmt::format("stopped after {} s (--timeout)", *options_.timeout_seconds));
        return static_cast<int>(exit_status::timed_out);
    }
    if (!panic_.empty() ||
        (!exit_event_ && !killed_ && qemu_code == guest_panic_status && !log_text_.empty())) {
        show_log();
        const std::string message = panic_.empty() ? panic_message(log_text_) : panic_;
        return tell(failure{
            fmt::format("the guest's kernel panicked{}{}", message.empty() ? "" : ": ", message),
            fmt::format("That is a fault of Osprey or of the machine, not of the program. Please "
                        "report it with {}.",
                        record_.log_path().string())});
    }
    if (exit_event_) {
        const int signal = static_cast<int>(number_of(*exit_event_, "signal"));
        if (is_crash(signal) && !report_.style().quiet) {
            show_log();
            const char* name = ::sigdescr_np(signal);
            report_.line(fmt::format("osprey: the program was ended by signal {} ({})", signal,
                                     name != nullptr ? name : "?"));
        }
        const int status = exit_code_of(*exit_event_);
        if (signal == SIGKILL && !report_.style().verbose) {
            show_memory_report();
        } else if (status != 0 && !report_.style().verbose) {
            show_missing_calls();
        }
        return status;
    }
    if (pipe_broken_) {
        return 128 + SIGPIPE;
    }
    if (killed_ && last_signal_ != 0) {
        return 128 + last_signal_;
    }
    show_log();
    return tell(unexpected_end(qemu_code));
}

}  // namespace osprey::cli::qemu
