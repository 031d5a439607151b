// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <process/initial_stack.hh>

namespace osprey::proc {
namespace {

constexpr usize longest_string = 128 * 1024;  // MAX_ARG_STRLEN

/// Bytes of all strings with their terminators; `limit + 1` when one of them is too long.
u64 bytes_of(std::span<const std::string_view> strings, u64 limit) noexcept {
    u64 sum = 0;
    for (std::string_view s : strings) {
        if (s.size() >= longest_string)
            return limit + 1;
        sum += s.size() + 1;
    }
    return sum;
}

/// Fills the image from given addresses on.
class image_writer {
public:
    image_writer(initial_stack& stack) noexcept : stack_{stack} {}
    void bytes(u64 address, const void* from, usize size) noexcept {
        if (size)
            std::memcpy(stack_.image.data() + (address - stack_.stack_pointer), from, size);
    }
    void word(u64& address, u64 value) noexcept {
        bytes(address, &value, sizeof value);
        address += sizeof value;
    }
    /// Strings one behind the other from `strings_at` on, pointers to them from `pointers_at` on.
    void list(u64& pointers_at, u64 strings_at,
              std::span<const std::string_view> strings) noexcept {
        for (std::string_view s : strings) {
            word(pointers_at, strings_at);
            bytes(strings_at, s.data(), s.size());
            strings_at += s.size() + 1;  // the image is zero before, so it is terminated
        }
        word(pointers_at, 0);
    }

private:
    initial_stack& stack_;
};

}  // namespace

result<initial_stack> build_initial_stack(const initial_stack_request& what, u64 limit) noexcept {
    const u64 argument_bytes = bytes_of(what.arguments, limit);
    const u64 environment_bytes = bytes_of(what.environment, limit);
    if (argument_bytes > limit || environment_bytes > limit ||
        argument_bytes + environment_bytes + what.executable_name.size() > limit)
        return errc::argument_list_too_long;

    // From the top down: a zero word, the name, environment, arguments, platform, random bytes.
    const u64 name_at = what.top - 8 - (what.executable_name.size() + 1);
    initial_stack out;
    out.environment_end = name_at;
    out.environment_start = name_at - environment_bytes;
    out.arguments_end = out.environment_start;
    out.arguments_start = out.arguments_end - argument_bytes;
    const u64 platform_at = align_down(out.arguments_start, 16) - (what.platform.size() + 1);
    const u64 random_at = align_down(platform_at - sizeof what.random, 16);
    const u64 words = 1 + what.arguments.size() + 1 + what.environment.size() + 1 +
                      2 * (what.auxiliary_vector.size() + 1);
    out.stack_pointer = align_down(random_at - words * 8, 16);
    TRY_VOID(out.image.resize(what.top - out.stack_pointer));

    image_writer write{out};
    u64 at = out.stack_pointer;
    write.word(at, what.arguments.size());
    write.list(at, out.arguments_start, what.arguments);
    write.list(at, out.environment_start, what.environment);
    out.auxiliary_start = at;
    for (auxiliary_entry entry : what.auxiliary_vector) {
        if (entry.key == auxiliary::platform)
            entry.value = platform_at;
        else if (entry.key == auxiliary::random)
            entry.value = random_at;
        else if (entry.key == auxiliary::executable_name)
            entry.value = name_at;
        write.word(at, static_cast<u64>(entry.key));
        write.word(at, entry.value);
    }
    write.word(at, static_cast<u64>(auxiliary::null));
    write.word(at, 0);
    out.auxiliary_end = at;
    write.bytes(name_at, what.executable_name.data(), what.executable_name.size());
    write.bytes(platform_at, what.platform.data(), what.platform.size());
    write.bytes(random_at, what.random, sizeof what.random);
    return out;
}

}  // namespace osprey::proc
