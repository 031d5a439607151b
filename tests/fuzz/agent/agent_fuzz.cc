// SPDX-License-Identifier: BSD-3-Clause
// What the host reads from a guest's agent: hello, frames, and trees of files, which a hostile
// guest may use to write where it should not.
#include <agent/tree.hh>
#include <base/failure.hh>
#include <modules/agent/protocol.hh>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

using namespace osprey::agent;
namespace fs = std::filesystem;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Frames do not depend on the pieces they come in.
void check_frames(const uint8_t* data, size_t size, size_t piece) {
    std::vector<char> buffer(most_frame);
    frame_reader frames{buffer.data()};
    size_t seen = 0;
    for (size_t at = 0; at < size;) {
        const size_t part = std::min({piece, size - at, frames.room_size()});
        std::memcpy(frames.room(), data + at, part);
        frames.filled(part);
        at += part;
        const bool good = frames.take([&](const frame_head& head, const char* payload) {
            require(head.size <= most_payload && payload >= buffer.data() &&
                    payload + head.size <= buffer.data() + buffer.size());
            require(std::memcmp(payload, data + seen + sizeof head, head.size) == 0);
            seen += sizeof head + head.size;
        });
        if (!good) {
            return;
        }
        require(frames.room_size() > 0);
    }
}

void check_hello(const uint8_t* data, size_t size) {
    hello_finder finder;
    for (size_t i = 0; i < size; ++i) {
        if (finder.take(static_cast<char>(data[i]))) {
            require(std::memcmp(finder.hello, greeting, greeting_size) == 0);
        }
    }
}

void check_tree(const uint8_t* data, size_t size) {
    static const fs::path base =
        fs::temp_directory_path() / ("osprey-agent-fuzz." + std::to_string(::getpid()));
    const fs::path target = base / "target";
    fs::create_directories(base);
    fs::create_directories(base / "outside");
    size_t at = 0;
    try {
        osprey::cli::agent::read_tree(
            target,
            [&](char* to, size_t bytes) {
                if (bytes > size - at) {
                    throw osprey::cli::failure{"the end"};
                }
                std::memcpy(to, data + at, bytes);
                at += bytes;
            },
            [](const auto&) {});
    } catch (const osprey::cli::failure&) {
    }
    require(fs::is_empty(base / "outside"));
    for (const auto& entry : fs::directory_iterator{base}) {
        require(entry.path() == target || entry.path() == base / "outside");
    }
    std::error_code ignored;
    fs::permissions(target, fs::perms::owner_all, ignored);
    fs::remove_all(base, ignored);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) {
        return 0;
    }
    switch (data[0] % 3) {
        case 0:
            check_frames(data + 2, size - 2, data[1] + size_t{1});
            break;
        case 1:
            check_hello(data + 2, size - 2);
            break;
        default:
            check_tree(data + 2, size - 2);
            break;
    }
    return 0;
}
