// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <linux/description.hh>
#include <linux/syscalls.hh>

namespace osprey::abi {
namespace {

template <typename T>
struct describe_type;
template <>
struct describe_type<i32> {
    static constexpr argument value{.kind = argument_kind::signed_number, .narrow = true};
};
template <>
struct describe_type<u32> {
    static constexpr argument value{.kind = argument_kind::unsigned_number, .narrow = true};
};
template <>
struct describe_type<i64> {
    static constexpr argument value{.kind = argument_kind::signed_number};
};
template <>
struct describe_type<u64> {
    static constexpr argument value{.kind = argument_kind::unsigned_number};
};
template <>
struct describe_type<fd_number> {
    static constexpr argument value{.kind = argument_kind::descriptor, .narrow = true};
};
template <>
struct describe_type<dir_fd> {
    static constexpr argument value{.kind = argument_kind::directory, .narrow = true};
};
template <>
struct describe_type<pid_number> {
    static constexpr argument value{.kind = argument_kind::process, .narrow = true};
};
template <>
struct describe_type<signal_number> {
    static constexpr argument value{.kind = argument_kind::signal, .narrow = true};
};
template <>
struct describe_type<mode_bits> {
    static constexpr argument value{.kind = argument_kind::octal, .narrow = true};
};
template <>
struct describe_type<address> {
    static constexpr argument value{.kind = argument_kind::hexadecimal};
};
template <>
struct describe_type<user_path> {
    static constexpr argument value{.kind = argument_kind::text};
};
template <>
struct describe_type<user_text> {
    static constexpr argument value{.kind = argument_kind::text};
};
template <typename T, use Use, null Null>
struct describe_type<pointer<T, Use, Null>> {
    static constexpr argument value{.kind = argument_kind::structure,
                                    .direction = Use,
                                    .may_be_null = Null == null::allowed,
                                    .size = sizeof(T)};
};
template <use Use, unsigned Length>
struct describe_type<bytes<Use, Length>> {
    static constexpr argument value{
        .kind = argument_kind::bytes, .direction = Use, .length = Length};
};
template <use Use, unsigned Length>
struct describe_type<vector_of<Use, Length>> {
    static constexpr argument value{
        .kind = argument_kind::vector, .direction = Use, .length = Length};
};
template <use Use, unsigned Length>
struct describe_type<socket_name<Use, Length>> {
    static constexpr argument value{
        .kind = argument_kind::socket_name, .direction = Use, .length = Length};
};
template <use Use>
struct describe_type<message_pointer<Use>> {
    static constexpr argument value{.kind = argument_kind::message, .direction = Use};
};
template <typename Set>
struct describe_type<flags<Set>> {
    static constexpr argument value{
        .kind = argument_kind::bits, .narrow = flags<Set>::narrow, .names = Set::names};
};
template <typename Set>
struct describe_type<choice<Set>> {
    static constexpr argument value{
        .kind = argument_kind::value, .narrow = true, .names = Set::names};
};

template <auto Handler>
struct arguments_of;
template <typename... Args, reply (*Handler)(Args...) noexcept>
struct arguments_of<Handler> {
    static_assert(sizeof...(Args) <= 6 && ((sizeof(Args) <= 8) && ...));
    static constexpr std::array<argument, sizeof...(Args)> value{describe_type<Args>::value...};
};

constexpr std::string_view name_in(std::string_view event_name) noexcept {
    return event_name.substr(call::event_prefix.size());
}

struct entry {
    u16 number;
    call what;
};

constexpr entry entries[] = {
#define SYSCALL(x86_number, arm_number, name, kind, ...)                          \
    {x86_number,                                                                  \
     {name_in("syscall_" #name), #__VA_ARGS__, arguments_of<&calls::name>::value, \
      result_kind::kind, arm_number, true}},
#define REFUSED(x86_number, arm_number, name, error, reason) \
    {x86_number,                                             \
     {name_in("syscall_" #name),                             \
      {},                                                    \
      {},                                                    \
      result_kind::number,                                   \
      arm_number,                                            \
      false,                                                 \
      errc::error,                                           \
      reason}},
#define MISSING(x86_number, arm_number, name) \
    {x86_number, {name_in("syscall_" #name), {}, {}, result_kind::number, arm_number, false}},
#include <linux/syscalls.def>
#undef SYSCALL
#undef REFUSED
#undef MISSING
};

constexpr auto index = [] {
    std::array<u16, call_limit> table{};
    u16 position = 0;
    for (const entry& e : entries)
        table[e.number] = ++position;
    return table;
}();

}  // namespace

const call* describe(u64 number) noexcept {
    if (number >= call_limit || index[number] == 0)
        return nullptr;
    return &entries[index[number] - 1].what;
}

}  // namespace osprey::abi
