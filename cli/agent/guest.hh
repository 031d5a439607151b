// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/unique_fd.hh>
#include <cstdint>
#include <modules/agent/protocol.hh>
#include <optional>
#include <qemu/known_runs.hh>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Looking into a running guest by way of its agent (docs/agent.md). Needs neither a network nor
/// --api, and starts the agent when nobody has used it yet.
///
///     const auto run = qemu::find_running_guest("web");
///     agent::guest guest{run};                          // many small files, one connection
///     guest.write("/sys/kernel/tracing/tracing_on", "1");
///     std::string text = guest.read("/proc/stat");
///     agent::stream pipe{run, "/sys/kernel/tracing/trace_pipe"};  // a file without an end
///     agent::channel ls{run, {.words = {"ls", "/"}}};   // a program
///
/// All throw `failure` when the guest has no agent or ends; what concerns one file only says so by
/// an errno. One thread at a time uses an object; different objects are independent of each other.
namespace osprey::cli::agent {

/// What to start in the guest.
struct request {
    std::vector<std::string> words;  ///< program (looked up on the guest's PATH) and arguments
    std::vector<std::string> environment;         ///< "K=V", on top of the application's
    std::string folder;                           ///< empty: the application's
    bool input = false;                           ///< stdin is `send`; else /dev/null
    std::optional<std::pair<int, int>> terminal;  ///< rows, columns: the streams are a terminal
    bool built_in = false;                        ///< an operation of the agent (operations.hh)
};

/// Something said by a program in the guest.
struct message {
    enum class kind : uint8_t { output, error, exited, failed };
    kind what = kind::output;
    std::string bytes;  ///< of output and error; why it failed
    int status = 0;  ///< exited: exit code, 128+N for signal N. failed: errno, 0: no guest's error
};

/// One program in the guest, with its streams. It gets SIGHUP when the object goes before its end.
class channel {
public:
    channel(const qemu::running_guest& where, const request& what);

    /// The text of `failed` when the machine has gone.
    static constexpr const char* guest_ended = "the guest ended";

    /// Readable when `receive` has something: for poll().
    [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }
    enum class waiting : uint8_t { yes, no };
    /// The next message; nothing after the last one (exited, failed), or, without waiting, when
    /// none has come. The guest goes on sending as messages are taken.
    std::optional<message> receive(waiting wait = waiting::yes);

    /// How many bytes `send` takes now; 0: wait until the descriptor is readable, then `receive`.
    [[nodiscard]] size_t room() const noexcept { return room_; }
    /// Sends at most `room()` bytes of `bytes` to stdin. @return how many
    size_t send(std::string_view bytes);
    void end_input();
    /// For the program's process group.
    void signal(int number);
    void resize(int rows, int columns);

    /// Waits until all of `bytes` is sent. Messages that come meanwhile are kept for `receive`.
    void send_all(std::string_view bytes);

private:
    void send_frame(osprey::agent::frame_kind kind, const void* payload, size_t size);
    /// Takes what has come into kept_. @return false: nothing had come (without waiting)
    bool fill(waiting wait);

    unique_fd fd_;
    std::vector<char> buffer_ = std::vector<char>(osprey::agent::most_frame);
    osprey::agent::frame_reader frames_{buffer_.data()};
    std::vector<message> kept_;
    size_t taken_ = 0;  // of kept_
    size_t room_ = osprey::agent::first_input_window;
    bool over_ = false;
};

/// Files of the guest, over one connection that stays: a read of many small ones costs one round
/// trip.
class guest {
public:
    explicit guest(const qemu::running_guest& where);

    /// The whole file. Throws `failure` with the guest's reason.
    [[nodiscard]] std::string read(const std::string& path);
    /// The same; nothing if it cannot be read (gone, or no such thing in this guest).
    [[nodiscard]] std::optional<std::string> try_read(const std::string& path);
    /// All of them, in order, in one round trip.
    [[nodiscard]] std::vector<std::optional<std::string>> try_read_all(
        const std::vector<std::string>& paths);
    /// Names in a folder, but "." and ".."; nothing if it is none.
    [[nodiscard]] std::optional<std::vector<std::string>> list(const std::string& path);
    /// The same for several folders in one round trip.
    [[nodiscard]] std::vector<std::optional<std::vector<std::string>>> list_all(
        const std::vector<std::string>& paths);

    enum class how : uint8_t { existing, truncate, append, create };
    /// Writes `content` to a file: one write(2) if it is short, as files of /proc and /sys want.
    /// `truncate` opens with O_TRUNC, `create` with O_CREAT|O_TRUNC. Throws `failure` with the
    /// guest's reason.
    void write(const std::string& path, std::string_view content, how mode = how::existing);

private:
    struct answer {
        std::string bytes;
        int error = 0;
    };
    std::vector<answer> ask(char what, const std::vector<std::string>& paths);
    void receive_more();

    qemu::running_guest where_;
    channel files_;
    std::string received_;
};

/// The bytes of one file of the guest, also of one that has no end (trace_pipe, /dev/kmsg): then
/// the stream ends when the object goes.
class stream {
public:
    enum class until : uint8_t { end, forever };
    /// `forever`: at the end of the file wait for more (looked for five times a second).
    stream(const qemu::running_guest& where, const std::string& path, until when = until::forever);

    [[nodiscard]] int descriptor() const noexcept { return channel_.descriptor(); }
    /// Some bytes. Without waiting: an empty string if none has come. Nothing: the end of the file,
    /// or of the guest. Throws `failure` with the guest's reason if the file cannot be read.
    [[nodiscard]] std::optional<std::string> read(channel::waiting wait = channel::waiting::yes);

private:
    std::string path_;
    channel channel_;
    bool ended_ = false;
};

/// While it lives the guest's kernel writes a decoded line to its log for each system call of one
/// process, or of all if `process` is 0. Needs no agent. One at a time: the latest counts.
class call_tracing {
public:
    call_tracing(const qemu::running_guest& where, unsigned process);
    /// Readable when the run has ended.
    [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }

private:
    unique_fd fd_;
};

/// Runs a program to its end. @return exit code and what it wrote, as base/subprocess.hh has it.
struct finished_program {
    int status = 0;
    std::string out, err;
};
[[nodiscard]] finished_program run(const qemu::running_guest& where, const request& what);

}  // namespace osprey::cli::agent
