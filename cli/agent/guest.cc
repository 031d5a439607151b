// SPDX-License-Identifier: BSD-3-Clause
#include <agent/guest.hh>
#include <base/failure.hh>
#include <base/text.hh>

#include <cstring>

namespace osprey::cli::agent {

namespace {

request operation(std::vector<std::string> words, bool input) {
    return {.words = std::move(words), .input = input, .built_in = true};
}

failure file_failure(const char* action, const std::string& path, int error) {
    return failure{fmt::format("the guest cannot {} {}: {}", action, path, std::strerror(error))};
}

}  // namespace

guest::guest(const qemu::running_guest& where)
    : where_{where}, files_{where, operation({"serve"}, true)} {}

void guest::receive_more() {
    const auto said = files_.receive();
    if (!said || said->what == message::kind::exited) {
        throw failure{"the agent in the guest has ended"};
    }
    if (said->what == message::kind::failed) {
        throw failure{said->bytes};
    }
    if (said->what == message::kind::output) {
        received_ += said->bytes;
    }
}

/// Answers are pieces: u32 size and bytes; a size of 0, then u32 errno, end the answer.
std::vector<guest::answer> guest::ask(char what, const std::vector<std::string>& paths) {
    std::string question;
    for (const std::string& path : paths) {
        question += what;
        question.append(path.c_str(), path.size() + 1);
    }
    files_.send_all(question);
    std::vector<answer> answers;
    size_t at = 0;
    const auto need = [&](size_t bytes) {
        while (received_.size() - at < bytes) {
            receive_more();
        }
    };
    const auto number = [&] {
        need(sizeof(uint32_t));
        uint32_t value = 0;
        std::memcpy(&value, received_.data() + at, sizeof value);
        at += sizeof value;
        return value;
    };
    for (size_t i = 0; i < paths.size(); ++i) {
        answer one;
        while (const uint32_t size = number()) {
            need(size);
            one.bytes.append(received_, at, size);
            at += size;
            received_.erase(0, std::exchange(at, 0));
        }
        one.error = static_cast<int>(number());
        answers.push_back(std::move(one));
    }
    received_.erase(0, at);
    return answers;
}

std::string guest::read(const std::string& path) {
    answer one = ask('F', {path}).front();
    if (one.error != 0) {
        throw file_failure("read", path, one.error);
    }
    return std::move(one.bytes);
}

std::optional<std::string> guest::try_read(const std::string& path) {
    return try_read_all({path}).front();
}

std::vector<std::optional<std::string>> guest::try_read_all(const std::vector<std::string>& paths) {
    std::vector<std::optional<std::string>> result;
    for (answer& one : ask('F', paths)) {
        result.push_back(one.error == 0 ? std::optional{std::move(one.bytes)} : std::nullopt);
    }
    return result;
}

std::optional<std::vector<std::string>> guest::list(const std::string& path) {
    return list_all({path}).front();
}

std::vector<std::optional<std::vector<std::string>>> guest::list_all(
    const std::vector<std::string>& paths) {
    std::vector<std::optional<std::vector<std::string>>> result;
    for (const answer& one : ask('D', paths)) {
        std::vector<std::string> names = split(one.bytes, '\0');
        std::erase(names, "");
        result.push_back(one.error == 0 ? std::optional{std::move(names)} : std::nullopt);
    }
    return result;
}

void guest::write(const std::string& path, std::string_view content, how mode) {
    const char* const flags = mode == how::truncate ? "t"
                              : mode == how::append ? "a"
                              : mode == how::create ? "ct"
                                                    : "";
    channel file{where_, operation({"write", path, flags, "644"}, true)};
    file.send_all(content);
    file.end_input();
    while (const auto said = file.receive()) {
        if (said->what == message::kind::failed) {
            throw failure{said->bytes};
        }
        if (said->what == message::kind::exited && said->status != 0) {
            throw file_failure("write", path, said->status);
        }
    }
}

stream::stream(const qemu::running_guest& where, const std::string& path, until when)
    : path_{path},
      channel_{where,
               operation(when == until::forever ? std::vector<std::string>{"read", path, "follow"}
                                                : std::vector<std::string>{"read", path},
                         false)} {}

std::optional<std::string> stream::read(channel::waiting wait) {
    while (auto said = channel_.receive(wait)) {
        switch (said->what) {
            case message::kind::output:
                return std::move(said->bytes);
            case message::kind::error:
                continue;
            case message::kind::failed:
                ended_ = true;
                if (said->bytes == channel::guest_ended) {
                    return std::nullopt;
                }
                throw failure{said->bytes};
            case message::kind::exited:
                ended_ = true;
                if (said->status != 0) {
                    throw file_failure("read", path_, said->status);
                }
                return std::nullopt;
        }
    }
    return ended_ || wait == channel::waiting::yes ? std::nullopt : std::optional<std::string>{""};
}

}  // namespace osprey::cli::agent
