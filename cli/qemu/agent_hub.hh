// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/unique_fd.hh>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <modules/agent/protocol.hh>
#include <nlohmann/json.hpp>
#include <string>

namespace osprey::cli::qemu {

/// The part of a run's process that lets other commands talk to the guest's agent: each connection
/// to the socket in the run's folder is one channel (docs/agent.md). The agent is started for the
/// first one, and ends some seconds after the last.
///
/// Nobody is trusted: a command that breaks the rules loses its connection, an agent that does so
/// loses all. What waits for a slow command or a slow guest is bounded by the protocol's windows.
class agent_hub {
public:
    /// `guest`: the socket that is the guest's port. `tell_guest`: sends on the control channel.
    agent_hub(const std::filesystem::path& socket, unique_fd guest,
              std::function<void(const nlohmann::json&)> tell_guest);
    ~agent_hub();
    agent_hub(const agent_hub&) = delete;
    agent_hub& operator=(const agent_hub&) = delete;

    /// Adds to a poll set. The actions are to be run before anything else changes.
    using watcher = std::function<void(int fd, short events, std::function<void(short)> action)>;
    void watch(const watcher& add);
    /// Milliseconds until `look_at_clock` has something to do; -1: nothing.
    [[nodiscard]] int64_t patience() const;
    void look_at_clock();
    /// An {"event":"agent"} of the guest.
    void handle_event(const nlohmann::json& event);

private:
    using frame_kind = osprey::agent::frame_kind;
    using frame_head = osprey::agent::frame_head;

    /// One command's connection. It stays until the agent has said the channel's last frame, even
    /// when the command has left.
    struct client {
        unique_fd fd;
        uint16_t channel = 0;
        std::vector<char> buffer = std::vector<char>(osprey::agent::most_frame);
        osprey::agent::frame_reader frames{buffer.data()};
        std::string to_client;
        std::string early;     ///< frames for the agent that is not there yet
        bool opened = false;   ///< the agent knows the channel
        bool over = false;     ///< it said the last frame
        bool tracing = false;  ///< it asked for decoded system calls
    };
    enum class state { absent, starting, ready, leaving };

    void accept_client();
    void read_client(client& from);
    void write_client(client& to);
    void handle_client_frame(client& from, const frame_head& head, const char* payload);
    void leave(client& who);
    void sweep();

    void want_agent();
    void read_guest();
    void write_guest();
    void greeted();
    void handle_guest_frame(const frame_head& head, const char* payload);
    void agent_is_gone(const std::string& why);
    void refuse(client& who, const std::string& why);

    std::filesystem::path path_;
    unique_fd listener_;
    unique_fd guest_;
    std::function<void(const nlohmann::json&)> tell_guest_;
    std::list<client> clients_;
    uint16_t next_channel_ = 1;
    state state_ = state::absent;
    osprey::agent::hello_finder hello_;
    std::vector<char> buffer_ = std::vector<char>(osprey::agent::most_frame);
    osprey::agent::frame_reader frames_{buffer_.data()};
    std::string to_guest_;
    int64_t idle_since_ = 0;
};

}  // namespace osprey::cli::qemu
