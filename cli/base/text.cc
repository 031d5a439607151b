// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <openssl/evp.h>
#include <base/failure.hh>
#include <base/text.hh>
#include <base/unique_fd.hh>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

namespace osprey::cli {

std::string human_bytes(uint64_t bytes) {
    static constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
    double value = static_cast<double>(bytes);
    size_t unit = 0;
    while (value >= 999.95 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string human_time(uint64_t microseconds) {
    if (microseconds < 1000) {
        return fmt::format("{} us", microseconds);
    }
    if (microseconds < 1'000'000) {
        return fmt::format("{} ms", (microseconds + 500) / 1000);
    }
    return fmt::format("{:.1f} s", static_cast<double>(microseconds) / 1e6);
}

std::string counted(uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string shell_quote(std::string_view word) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{"_-./=:,+@%^"}.find(c) != std::string_view::npos;
    };
    bool needs_quotes = word.empty();
    for (const char c : word) {
        needs_quotes = needs_quotes || !plain(c);
    }
    if (!needs_quotes) {
        return std::string{word};
    }
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

namespace {

/// Bytes of the UTF-8 character at the start of `text`; 0 if it is none.
size_t character_length(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    const size_t length = first < 0x80                    ? 1
                          : first >= 0xc2 && first < 0xe0 ? 2
                          : first >= 0xe0 && first < 0xf0 ? 3
                          : first >= 0xf0 && first < 0xf5 ? 4
                                                          : 0;
    for (size_t i = 1; i < length; ++i) {
        if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string safe;
    while (!text.empty()) {
        const size_t length = character_length(text);
        const bool is_control =
            (text[0] >= 0 && text[0] < ' ' && text[0] != '\n') || text[0] == 0x7f;
        if (length == 0 || is_control) {
            safe += '?';
            text.remove_prefix(1);
        } else {
            safe += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return safe;
}

std::string shell_join(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) {
        line += line.empty() ? "" : " ";
        line += shell_quote(word);
    }
    return line;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string> split_blanks(std::string_view text) {
    std::vector<std::string> words;
    size_t at = 0;
    while ((at = text.find_first_not_of(" \t\r\n", at)) != std::string_view::npos) {
        const size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
        words.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

uint64_t parse_memory(const std::string& text) {
    uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    std::string unit{rest, end};
    if (unit.size() > 1 && (unit.ends_with('B') || unit.ends_with('b'))) {
        unit.pop_back();
    }
    if (unit.size() > 1 && (unit.ends_with('i'))) {
        unit.pop_back();
    }
    const auto bad = [&] {
        return failure{exit_status::usage, fmt::format("'{}' is not an amount of memory", text),
                       "Give a number of MiB or a number with a unit, for example 256, 512M or "
                       "2G."};
    };
    if (error != std::errc{} || number == 0 || number > (uint64_t{1} << 40)) {
        throw bad();
    }
    uint64_t mib = 0;
    if (unit.empty() || unit == "M" || unit == "m") {
        mib = number;
    } else if (unit == "G" || unit == "g") {
        mib = number * 1024;
    } else if (unit == "T" || unit == "t") {
        mib = number * 1024 * 1024;
    } else if (unit == "K" || unit == "k") {
        mib = number / 1024;
    } else {
        throw bad();
    }
    if (mib == 0) {
        throw bad();
    }
    return mib;
}

namespace {

std::string hexadecimal(const unsigned char* bytes, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
        text += fmt::format("{:02x}", bytes[i]);
    }
    return text;
}

class digest {
public:
    digest() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
    void add(const void* data, size_t size) { EVP_DigestUpdate(context_.get(), data, size); }
    std::string finish() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
        unsigned size = 0;
        EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
        return hexadecimal(bytes.data(), size);
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                     &EVP_MD_CTX_free};
};

}  // namespace

std::string sha256(std::string_view data) {
    digest sum;
    sum.add(data.data(), data.size());
    return sum.finish();
}

std::string sha256_of_file(const std::string& path) {
    const unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    digest sum;
    std::array<char, 65536> buffer{};
    while (true) {
        const ssize_t count = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
        if (count == 0) {
            return sum.finish();
        }
        if (count < 0) {
            throw system_failure(fmt::format("read {}", path), errno);
        }
        sum.add(buffer.data(), static_cast<size_t>(count));
    }
}

}  // namespace osprey::cli
