// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <concepts>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace osprey {

/// Where formatted text goes.
class text_sink {
public:
    virtual void append(std::string_view text) noexcept = 0;

protected:
    ~text_sink() = default;
};

/// Text in place; what does not fit is cut off.
template <usize Capacity>
class fixed_text final : public text_sink {
public:
    void append(std::string_view text) noexcept override {
        usize room = Capacity - size_;
        usize n = text.size() < room ? text.size() : room;
        std::memcpy(data_ + size_, text.data(), n);
        size_ += n;
    }
    [[nodiscard]] std::string_view view() const noexcept { return {data_, size_}; }
    [[nodiscard]] const char* c_str() noexcept {
        data_[size_] = '\0';
        return data_;
    }
    void clear() noexcept { size_ = 0; }

private:
    usize size_ = 0;
    char data_[Capacity + 1];
};

/// One formatted argument, type-erased.
struct format_argument {
    enum class kind : u8 { signed_integer, unsigned_integer, text, character, boolean, pointer };
    kind type;
    union {
        i64 as_signed;
        u64 as_unsigned;
        std::string_view as_text;
    };

    template <typename T>
    static constexpr format_argument of(const T& value) noexcept {
        using D = std::decay_t<T>;
        format_argument a{};
        if constexpr (std::same_as<D, bool>) {
            a.type = kind::boolean, a.as_unsigned = value;
        } else if constexpr (std::same_as<D, char>) {
            a.type = kind::character, a.as_unsigned = static_cast<unsigned char>(value);
        } else if constexpr (std::is_enum_v<D>) {
            return of(static_cast<std::underlying_type_t<D>>(value));
        } else if constexpr (std::unsigned_integral<D>) {
            a.type = kind::unsigned_integer, a.as_unsigned = value;
        } else if constexpr (std::signed_integral<D>) {
            a.type = kind::signed_integer, a.as_signed = value;
        } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
            a.type = kind::text, a.as_text = value;
        } else {
            static_assert(std::is_pointer_v<D>, "this type has no text form");
            a.type = kind::pointer, a.as_unsigned = reinterpret_cast<u64>(value);
        }
        return a;
    }
};

void format_to(text_sink& sink, std::string_view format, const format_argument* arguments,
               usize count) noexcept;

void number_of_fields_differs_from_number_of_arguments();  // not constexpr: ends compilation

/// A format whose number of replacement fields is checked at compile time.
/// Fields: `{}`, and `{:[0][width][type]}` with `#` for 0x and type `d x X o b c s p`.
template <typename... Args>
struct format_string {
    std::string_view text;

    template <typename S>
    requires std::convertible_to<const S&, std::string_view>
    consteval format_string(const S& s) : text{s} {
        usize fields = 0;
        for (usize i = 0; i < text.size(); ++i) {
            if (text[i] != '{' && text[i] != '}')
                continue;
            if (i + 1 < text.size() && text[i + 1] == text[i])
                ++i;
            else
                fields += text[i] == '{';
        }
        if (fields != sizeof...(Args))
            number_of_fields_differs_from_number_of_arguments();
    }
};

template <typename... Args>
void format_to(text_sink& sink, format_string<std::type_identity_t<Args>...> format,
               const Args&... args) noexcept {
    const format_argument arguments[] = {format_argument::of(args)..., format_argument{}};
    format_to(sink, format.text, arguments, sizeof...(Args));
}

}  // namespace osprey
