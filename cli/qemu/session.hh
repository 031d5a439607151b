// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <poll.h>
#include <base/failure.hh>
#include <base/report.hh>
#include <base/unique_fd.hh>
#include <chrono>
#include <functional>
#include <optional>
#include <qemu/agent_hub.hh>
#include <qemu/command_line.hh>
#include <qemu/control.hh>
#include <qemu/run_record.hh>
#include <qemu/terminal.hh>
#include <string>

namespace osprey::cli::qemu {

struct session_options {
    bool interactive = false;               ///< the guest's console is a terminal
    std::optional<double> timeout_seconds;  ///< real time from start of QEMU
    std::string kernel_path;                ///< for the debugger hint
};

/// One run of a guest: starts QEMU, moves bytes between the program and the tool's own stdin,
/// stdout and stderr, obeys signals, and finds the exit code.
///
/// One thread, one poll loop. Output to the user never blocks the loop: a slow reader of stdout
/// slows the guest, and Ctrl-C still works. QEMU is killed with the tool, however that ends.
class session {
public:
    session(const machine& guest, const session_options& options, run_record& record,
            reporter& report);
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// Called once when the guest says that the program starts: prints the header. `addresses`:
    /// those that the guest's network cards have by then.
    std::function<void(const nlohmann::json& booted, const std::vector<std::string>& addresses)>
        on_boot;
    /// Called when the guest finds its image damaged. @return what the user is to do.
    std::function<std::string()> on_image_damaged;

    /// Runs to the end. Returns the exit code for the tool.
    int run();

private:
    using clock = std::chrono::steady_clock;

    static constexpr size_t chunk = 65536;  // bytes moved at once
    /// More than this waits in the guest: the user reads slower than the program writes.
    static constexpr size_t most_pending = size_t{1} << 20;
    /// After a signal was passed on because of --timeout or a closed pipe.
    static constexpr std::chrono::seconds stop_grace{5};

    /// One connection with QEMU.
    struct channel {
        unique_fd ours;
        unique_fd theirs;
        std::string to_guest;
    };
    /// Bytes on their way to the user.
    struct outlet {
        int fd;
        std::string pending;
        bool broken = false;
    };

    // The loop (session.cc)
    void start_qemu();
    void poll_once();
    [[nodiscard]] bool finished() const;
    [[nodiscard]] int poll_timeout() const;
    void check_deadlines();

    void handle_signals();
    void interrupt(int signal);
    void reap();
    void kill_qemu(const char* why);

    void read_control();
    void handle_event(const nlohmann::json& event);

    // Bytes (session_bytes.cc)
    void read_log();
    void read_console(channel& from, outlet& to);
    void read_qemu_messages();
    void read_stdin();
    void write_channel(channel& to);
    void write_outlet(outlet& to);
    void send_control(const nlohmann::json& message);
    void send_window_size();
    void reader_went_away();

    // The end (session_end.cc)
    [[nodiscard]] int conclude();
    int tell(const failure& error);
    [[nodiscard]] failure unexpected_end(int qemu_code) const;
    void show_log();
    void show_missing_calls();
    void show_memory_report();

    machine guest_;
    session_options options_;
    run_record& record_;
    reporter& report_;
    terminal terminal_;

    channel log_;
    channel console_;
    channel error_;
    channel control_;
    channel agent_;  // its end here belongs to hub_
    outlet stdout_;
    outlet stderr_;
    unique_fd signals_;
    unique_fd qemu_messages_;
    unique_fd monitor_;
    std::optional<agent_hub> hub_;
    std::string qemu_text_;

    pid_t qemu_ = -1;
    bool qemu_ended_ = false;
    int qemu_status_ = 0;
    line_splitter control_lines_;
    line_splitter log_lines_;
    std::string log_text_;

    bool booted_ = false;
    std::vector<std::string> addresses_;
    bool stdin_open_ = true;
    uint64_t stdin_bytes_ = 0;
    std::optional<nlohmann::json> exit_event_;
    std::string panic_;
    int interrupts_ = 0;
    int last_signal_ = 0;
    bool timed_out_ = false;
    bool killed_ = false;
    bool pipe_broken_ = false;
    int quick_keys_ = 0;  // Ctrl-C pressed in a row on a raw terminal
    clock::time_point last_key_{};
    std::optional<clock::time_point> deadline_;  // --timeout
    std::optional<clock::time_point> grace_;     // when patience with the guest ends
};

}  // namespace osprey::cli::qemu
