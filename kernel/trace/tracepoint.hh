// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <string_view>
#include <type_traits>

#ifdef OSPREY_KERNEL
#include <arch/trace_site.hh>
#endif

namespace osprey::trace {

/// What a field of an event can be, and how the format of tracefs calls it.
enum class field_kind : u8 {
    none,
    u8_number,
    u16_number,
    u32_number,
    u64_number,
    i32_number,
    i64_number,
    address,  // shown in hexadecimal
    pid,      // pid_t
    comm,     // char[16]
    text,     // of any length: __data_loc char[]
};

/// Field types that mean more than their size says.
struct address {
    u64 value;
    constexpr address(u64 v) noexcept : value{v} {}
    address(const volatile void* p) noexcept : value{reinterpret_cast<u64>(p)} {}
};
struct pid {
    i32 value;
    constexpr pid(u32 v) noexcept : value{static_cast<i32>(v)} {}
    constexpr pid(i32 v) noexcept : value{v} {}
};
struct comm {
    std::string_view value;
    constexpr comm(std::string_view v) noexcept : value{v} {}
};

/// An event as its tracepoint describes it: `text` is four strings, each ended by NUL: system,
/// name, the fields as C++ parameters, how they are printed (empty: `name=value …`). `kinds` has
/// four bits for each field, the first lowest.
struct alignas(16) tracepoint {
    const char* text;
    u64 kinds;
};
static_assert(sizeof(tracepoint) == 16);

template <typename T>
inline constexpr field_kind kind_of = field_kind::none;
template <>
inline constexpr field_kind kind_of<u8> = field_kind::u8_number;
template <>
inline constexpr field_kind kind_of<bool> = field_kind::u8_number;
template <>
inline constexpr field_kind kind_of<u16> = field_kind::u16_number;
template <>
inline constexpr field_kind kind_of<u32> = field_kind::u32_number;
template <>
inline constexpr field_kind kind_of<u64> = field_kind::u64_number;
template <>
inline constexpr field_kind kind_of<i32> = field_kind::i32_number;
template <>
inline constexpr field_kind kind_of<i64> = field_kind::i64_number;
template <>
inline constexpr field_kind kind_of<address> = field_kind::address;
template <>
inline constexpr field_kind kind_of<pid> = field_kind::pid;
template <>
inline constexpr field_kind kind_of<comm> = field_kind::comm;
template <>
inline constexpr field_kind kind_of<std::string_view> = field_kind::text;

/// The word by which a value travels to `trace_fire`: numbers themselves, texts by their place.
template <typename T>
[[gnu::always_inline]] inline u64 word_of(const T& value) noexcept {
    if constexpr (std::is_integral_v<T>)
        return static_cast<u64>(value);
    else if constexpr (std::is_same_v<T, std::string_view>)
        return reinterpret_cast<u64>(&value);
    else if constexpr (std::is_same_v<T, comm>)
        return reinterpret_cast<u64>(&value.value);
    else
        return static_cast<u64>(value.value);
}

/// The fields of an event, as the type of a function that takes them.
template <typename Function>
struct signature;
template <typename... Fields>
struct signature<void(Fields...)> {
    static_assert(sizeof...(Fields) <= 15);
    static_assert(((kind_of<Fields> != field_kind::none) && ...), "no type for a field");
    static constexpr u64 kinds = [] {
        u64 all = 0;
        [[maybe_unused]] unsigned shift = 0;
        ((all |= u64{static_cast<u8>(kind_of<Fields>)} << shift, shift += 4), ...);
        return all;
    }();
#ifdef OSPREY_KERNEL
    [[gnu::always_inline]] static void fire(const tracepoint& point, const Fields&... fields) {
        arch::fire_from_site(point, word_of(fields)...);
    }
#else
    static void fire(const Fields&...) {}
#endif
};

/// Declares an event, at namespace scope beside the code that fires it:
///     TRACEPOINT(sched, sched_load, u32 cpu, u32 ready);
/// Fields: numbers, bool, address, pid, comm (15 characters), std::string_view. Names are unique.
/// `TRACEPOINT_AS` also says how it is printed: printf conversions for the fields in their order,
/// and %S for a task's state, %H for whether an interrupt was handled.
///
/// `TRACE(sched_load, cpu, ready())` fires it; the arguments are looked at only when it is on.
/// Context: any but NMI and the few instructions of entry and switch without a stack.
/// Cost when off: a NOP of five bytes. See docs/tracing.md.
#ifdef OSPREY_KERNEL
#define TRACEPOINT_AS(system, name, print, ...)                                     \
    using trace_fields_##name = ::osprey::trace::signature<void(__VA_ARGS__)>;      \
    [[gnu::section(".trace_events"),                                                \
      gnu::used]] static constexpr ::osprey::trace::tracepoint tracepoint_##name {  \
#system "\0" #name "\0" #__VA_ARGS__ "\0" print, trace_fields_##name::kinds \
    }
#define TRACE(name, ...)                                                             \
    do {                                                                             \
        if (::osprey::arch::trace_site<tracepoint_##name>()) [[unlikely]]            \
            trace_fields_##name::fire(tracepoint_##name __VA_OPT__(, ) __VA_ARGS__); \
    } while (false)
#else
#define TRACEPOINT_AS(system, name, print, ...) \
    using trace_fields_##name = ::osprey::trace::signature<void(__VA_ARGS__)>
#define TRACE(name, ...)                            \
    do {                                            \
        if (false)                                  \
            trace_fields_##name::fire(__VA_ARGS__); \
    } while (false)
#endif
#define TRACEPOINT(system, name, ...) TRACEPOINT_AS(system, name, "", __VA_ARGS__)

}  // namespace osprey::trace
