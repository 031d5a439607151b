// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// How the host tool and the guest's agent talk (docs/agent.md): frames of several channels over
/// one byte stream. Used by the agent, by the run's process, which brings the channels of several
/// commands together, and by the commands. Little endian on both sides.
namespace osprey::agent {

/// Each side begins with these 16 bytes and 16 bytes of the agent's choice: the agent says them
/// first, the host repeats them. What comes before belongs to an earlier agent and is skipped.
inline constexpr char greeting[] = "\nosprey-agent 1\n";
inline constexpr size_t greeting_size = 16, nonce_size = 16,
                        hello_size = greeting_size + nonce_size;
static_assert(sizeof greeting == greeting_size + 1);

enum class frame_kind : uint8_t {
    // host to agent
    open = 1,    ///< begins the channel: `request_head`, then texts
    input = 2,   ///< bytes for the program's stdin
    end = 3,     ///< no more of them
    signal = 4,  ///< u32: for the program's process group
    resize = 5,  ///< u16 rows, u16 columns: of its terminal
    close = 6,   ///< nobody listens any more: SIGHUP for the group; a last frame still answers
    quit = 7,    ///< channel 0: end, unless a child lives
    // both ways
    window = 8,  ///< u32: so many more bytes of input (or of output and error together) may come
    // agent to host
    output = 16,
    error = 17,
    exited = 18,  ///< u32: status as wait(2) has it. Last frame of its channel
    failed = 19,  ///< u32 errno, text: could not start. Last frame of its channel
    stays = 20,   ///< channel 0: the answer to `quit` when the agent does not end
    // host tool to run's process only
    trace_calls = 32,  ///< i32 process: decoded system calls in the log until the connection ends
};

struct frame_head {
    uint32_t size;  ///< of the payload
    uint16_t channel;
    frame_kind kind;
    uint8_t zero;
};
static_assert(sizeof(frame_head) == 8);

inline constexpr size_t most_payload = 32768;
inline constexpr size_t most_frame = sizeof(frame_head) + most_payload;
/// What may be sent on a new channel before the first `window`, each way.
inline constexpr uint32_t first_input_window = 32768, first_output_window = 65536;
inline constexpr unsigned most_channels = 32;

/// Bits of request_head::flags.
enum request_flag : uint16_t {
    with_input = 1,   ///< stdin is the channel; else /dev/null
    on_terminal = 2,  ///< all three streams are a terminal of this size
    built_in = 4,     ///< the first word names an operation of the agent itself (docs/agent.md)
};

/// Payload of `open`. Behind it, each ended by NUL: folder (empty: the agent's own), `words` words,
/// `variables` settings "K=V" to add to the environment.
struct request_head {
    uint16_t flags;
    uint16_t rows, columns;
    uint16_t words, variables;
};
static_assert(sizeof(request_head) == 10);

/// One file of a tree on its way (operations "get" and "put"). Behind it: name, target of a
/// symbolic link, then the bytes of a regular file in pieces: u32 size and bytes, a size of 0 ends
/// them. The first entry has an empty name: the top itself. Names are relative, and folders come
/// before what is in them. The last entry has mode 0.
struct tree_entry {
    uint32_t mode;  ///< as st_mode
    uint32_t name_size, target_size;
    uint32_t nanoseconds;
    int64_t seconds;  ///< time of last modification
    uint64_t size;    ///< for people only: files of /proc have 0, and others grow
};
static_assert(sizeof(tree_entry) == 32);
inline constexpr uint32_t longest_name = 4096;

/// Whether a name of a tree entry leads nowhere but below the top.
inline bool is_safe_name(const char* name, size_t size) {
    if (size == 0) {
        return true;
    }
    for (size_t start = 0; start <= size;) {
        size_t end = start;
        while (end < size && name[end] != '/') {
            if (name[end++] == '\0') {
                return false;
            }
        }
        const size_t length = end - start;
        if (length == 0 || (length <= 2 && name[start] == '.' && name[end - 1] == '.')) {
            return false;
        }
        start = end + 1;
    }
    return true;
}

/// Whether the texts behind a request_head are what it says: `each` gets them one by one.
/// @return false if they are not; some may have been given by then.
template <typename Each>
bool read_request(const char* data, size_t size, request_head& head, Each&& each) {
    if (size < sizeof head) {
        return false;
    }
    memcpy(&head, data, sizeof head);
    const char* at = data + sizeof head;
    const char* const end = data + size;
    const unsigned texts = 1U + head.words + head.variables;
    for (unsigned i = 0; i < texts; ++i) {
        const auto* zero = static_cast<const char*>(memchr(at, 0, static_cast<size_t>(end - at)));
        if (zero == nullptr) {
            return false;
        }
        each(i, at);
        at = zero + 1;
    }
    return at == end && head.words > 0;
}

/// Takes frames out of a byte stream. The buffer is the caller's, `most_frame` bytes.
class frame_reader {
public:
    explicit frame_reader(char* buffer) : buffer_{buffer} {}

    /// Where to put what comes next, and how much.
    char* room() { return buffer_ + filled_; }
    [[nodiscard]] size_t room_size() const { return most_frame - filled_; }
    void filled(size_t bytes) { filled_ += bytes; }

    /// Gives each whole frame to `each(head, payload)`.
    /// @return false for a frame that is none; the stream cannot be used any more.
    template <typename Each>
    bool take(Each&& each) {
        size_t at = 0;
        while (filled_ - at >= sizeof(frame_head)) {
            frame_head head;
            memcpy(&head, buffer_ + at, sizeof head);
            if (head.size > most_payload || head.zero != 0) {
                return false;
            }
            if (filled_ - at < sizeof head + head.size) {
                break;
            }
            each(head, static_cast<const char*>(buffer_ + at + sizeof head));
            at += sizeof head + head.size;
        }
        memmove(buffer_, buffer_ + at, filled_ - at);
        filled_ -= at;
        return true;
    }

    void clear() { filled_ = 0; }

private:
    char* buffer_;
    size_t filled_ = 0;
};

/// Finds the hello in a byte stream: skips what comes before the greeting.
class hello_finder {
public:
    /// @return true once a whole hello was seen; its bytes are then in `hello`.
    bool take(char byte) {
        if (filled_ < greeting_size) {
            // The greeting begins with the only newline but its last byte, so a mismatch restarts
            // it.
            if (byte != greeting[filled_]) {
                filled_ = 0;
                if (byte != greeting[0]) {
                    return false;
                }
            }
        }
        hello[filled_++] = byte;
        if (filled_ < hello_size) {
            return false;
        }
        filled_ = 0;
        return true;
    }

    char hello[hello_size];

private:
    size_t filled_ = 0;
};

}  // namespace osprey::agent
