// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <poll.h>
#include <sys/types.h>
#include <modules/agent/protocol.hh>

namespace osprey::agent {

/// Sends one frame to the host; sleeps while the host is slow.
void send_frame(uint16_t channel, frame_kind kind, const void* payload, uint32_t size);

/// One program in the guest and its three streams. Its fields are empty while nobody uses it.
///
/// The host may send as much input as it was granted, so all of it fits `input`; the program's
/// output is read only while the host grants more.
class channel {
public:
    channel() = default;
    channel(const channel&) = delete;

    [[nodiscard]] bool in_use() const { return in_use_; }
    [[nodiscard]] bool is(uint16_t number) const { return in_use_ && number_ == number; }
    [[nodiscard]] bool has_child(pid_t pid) const { return in_use_ && child_ == pid; }

    /// Starts what the payload of an `open` asks for, or answers `failed`.
    void open(uint16_t number, const char* payload, uint32_t size);
    /// A frame for this channel.
    void handle(const frame_head& head, const char* payload);
    /// The program has ended.
    void ended(int status) {
        ended_ = true;
        status_ = status;
    }

    /// Appends what poll() is to watch. @return how many
    unsigned watch(pollfd* set) const;
    /// Moves what can be moved, after a poll() or a frame; sends the last frame when all is said.
    /// @return whether there may be more at once.
    bool move();

private:
    void take_input(const char* bytes, uint32_t size);
    void write_input();
    /// Sends what the program wrote. @return false: nothing there now, or its end.
    bool send_output(int& fd, frame_kind kind);
    void finish(frame_kind kind, const void* payload, uint32_t size);
    void fail(int error);

    bool in_use_ = false;
    bool ended_ = false;
    bool input_ends_ = false;
    bool on_terminal_ = false;
    uint16_t number_ = 0;
    int status_ = 0;
    pid_t child_ = -1;
    int in_ = -1, out_ = -1, error_ = -1;
    uint32_t output_window_ = 0;
    char* input_ = nullptr;
    uint32_t input_at_ = 0, input_size_ = 0;
};

/// Starts the program of a request. `fds`: on success the agent's ends of stdin, stdout, stderr, -1
/// for those that do not exist. @return its pid, or minus an errno.
pid_t start_program(const request_head& head, char** texts, int* fds);

}  // namespace osprey::agent
