// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <base/vector.hh>
#include <string_view>

namespace osprey {

/// Growing text on the kernel heap, always followed by a zero byte. Context: as `allocate`.
class string {
public:
    constexpr string() noexcept = default;
    string(string&&) noexcept = default;
    string& operator=(string&&) noexcept = default;

    static result<string> copy_of(std::string_view text) noexcept {
        string s;
        TRY_VOID(s.append(text));
        return s;
    }
    /// Text made by `format_to`.
    template <typename... Args>
    static result<string> format(format_string<std::type_identity_t<Args>...> format,
                                 const Args&... args) noexcept {
        string s;
        sink to{s};
        format_to<Args...>(to, format, args...);
        if (to.failed)
            return errc::out_of_memory;
        return s;
    }

    /// `text` may not be part of this string.
    result<void> append(std::string_view text) noexcept {
        if (text.empty())
            return {};
        TRY_VOID(reserve_for(text.size()));
        if (!text_.empty())
            text_.pop_back();
        TRY_VOID(text_.append({text.data(), text.size()}));
        return text_.push_back('\0');
    }
    result<void> push_back(char c) noexcept { return append({&c, 1}); }
    void truncate(usize to) noexcept {
        if (to >= size())
            return;
        text_.truncate(to + 1);
        text_[to] = '\0';
    }
    void clear() noexcept { truncate(0); }

    [[nodiscard]] usize size() const noexcept { return text_.empty() ? 0 : text_.size() - 1; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::string_view view() const noexcept { return {c_str(), size()}; }
    [[nodiscard]] const char* c_str() const noexcept { return text_.empty() ? "" : text_.data(); }
    char* data() noexcept { return text_.data(); }
    operator std::string_view() const noexcept { return view(); }
    friend bool operator==(const string& a, std::string_view b) noexcept { return a.view() == b; }

private:
    struct sink final : text_sink {
        explicit sink(string& s) noexcept : to{s} {}
        void append(std::string_view text) noexcept override {
            if (!to.append(text))
                failed = true;
        }
        string& to;
        bool failed = false;
    };
    result<void> reserve_for(usize more) noexcept {
        const usize wanted = size() + more + 1;
        if (wanted <= text_.capacity())
            return {};
        return text_.reserve(wanted < 2 * text_.capacity() ? 2 * text_.capacity() : wanted);
    }
    vector<char> text_;  // the zero byte included, or nothing at all
};

/// Appends formatted text. @return `errc::out_of_memory`.
template <typename... Args>
result<void> print(string& out, format_string<std::type_identity_t<Args>...> format,
                   const Args&... args) noexcept {
    string line = TRY(string::format<Args...>(format, args...));
    return out.append(line.view());
}

}  // namespace osprey
