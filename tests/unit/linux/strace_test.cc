// SPDX-License-Identifier: BSD-3-Clause
// Decoding of system calls: the words that strace(1) uses, and no fault whatever the arguments are.
#include "user_memory.hh"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <linux/flag_sets.hh>
#include <linux/strace_call.hh>
#include <linux/strace_sockets.hh>
#include <linux/strace_values.hh>
#include <string>

using namespace osprey;
using namespace osprey::abi;
using namespace std::string_literals;

namespace {

constexpr virtual_address outside = 0xffff'8000'0000'0000;

std::string hex(u64 value) {
    fixed_text<20> text;
    format_to(text, "{:#x}", value);
    return std::string{text.view()};
}

/// What `append(sink, arguments...)` writes.
template <typename... Parameters, typename... Arguments>
std::string shown(void (*append)(text_sink&, Parameters...), Arguments... arguments) {
    fixed_text<4000> text;
    append(text, arguments...);
    return std::string{text.view()};
}

class strace_test : public testing::Test {
protected:
    std::string decode(u64 number, std::initializer_list<u64> arguments,
                       const reply* answer = nullptr) {
        traced_call c{number, describe(number), {}};
        std::copy(arguments.begin(), arguments.end(), c.arguments);
        fixed_text<4000> text;
        append_call(text, c, answer);
        if (answer)
            append_answer(text, c, *answer);
        return std::string{text.view()};
    }
    std::string decode(u64 number, std::initializer_list<u64> arguments, reply answer) {
        return decode(number, arguments, &answer);
    }
    virtual_address text(std::string_view what) { return memory.put_text(what); }

    test::user_memory memory;
};

}  // namespace

// Text ------------------------------------------------------------------------------------------

TEST_F(strace_test, bytes_with_a_letter_in_c_are_shown_by_it) {
    EXPECT_EQ(shown(append_quoted, std::string_view{"a\tb\nc\vd\fe\rf\"g\\h"}),
              R"("a\tb\nc\vd\fe\rf\"g\\h")");
}

TEST_F(strace_test, other_bytes_are_octal) {
    EXPECT_EQ(shown(append_quoted, "\x01\x1b\x7f\xff"s), R"("\1\33\177\377")");
}

TEST_F(strace_test, a_digit_behind_an_octal_number_is_no_part_of_it) {
    EXPECT_EQ(shown(append_quoted,
                    "\0"
                    "1\x02"
                    "9\x03"
                    "x\0"s),
              R"("\0001\0029\3x\0")");
}

TEST_F(strace_test, bytes_above_ascii_are_not_letters) {
    EXPECT_EQ(shown(append_quoted, std::string_view{"\xc3\xa9"}), R"("\303\251")");
}

TEST_F(strace_test, text_of_the_application) {
    EXPECT_EQ(shown(append_text, text("/etc/passwd")), R"("/etc/passwd")");
    EXPECT_EQ(shown(append_text, text("")), R"("")");
    EXPECT_EQ(shown(append_text, virtual_address{0}), "NULL");
}

TEST_F(strace_test, long_text_is_cut_and_says_so) {
    const std::string whole(160, 'a'), longer(161, 'a');
    EXPECT_EQ(shown(append_text, text(whole)), '"' + whole + '"');
    EXPECT_EQ(shown(append_text, text(longer)), '"' + whole + "\"...");
}

TEST_F(strace_test, text_without_an_end_is_shown_by_its_address) {
    const auto at = memory.put_last("abcd", 4);
    EXPECT_EQ(shown(append_text, at), hex(at));
    EXPECT_EQ(shown(append_text, memory.end()), hex(memory.end()));
    EXPECT_EQ(shown(append_text, outside), hex(outside));
    EXPECT_EQ(shown(append_text, ~u64{0}), hex(~u64{0}));
}

TEST_F(strace_test, of_bytes_the_first_32_are_shown) {
    const auto at = text(std::string(40, 'b'));
    EXPECT_EQ(shown(append_bytes, at, u64{32}), '"' + std::string(32, 'b') + '"');
    EXPECT_EQ(shown(append_bytes, at, u64{33}), '"' + std::string(32, 'b') + "\"...");
    EXPECT_EQ(shown(append_bytes, at, u64{0}), R"("")");
    EXPECT_EQ(shown(append_bytes, at, ~u64{0}), '"' + std::string(32, 'b') + "\"...");
}

TEST_F(strace_test, bytes_that_end_half_way_are_shown_by_their_address) {
    const auto at = memory.put_last("abcdefgh", 8);
    EXPECT_EQ(shown(append_bytes, at, u64{8}), R"("abcdefgh")");
    EXPECT_EQ(shown(append_bytes, at, u64{9}), hex(at));
    EXPECT_EQ(shown(append_bytes, outside, u64{1}), hex(outside));
    EXPECT_EQ(shown(append_bytes, virtual_address{0}, u64{5}), "NULL");
}

// Numbers with names ----------------------------------------------------------------------------

TEST_F(strace_test, signals_have_names) {
    EXPECT_EQ(shown(append_signal, 9), "SIGKILL");
    EXPECT_EQ(shown(append_signal, 31), "SIGSYS");
    EXPECT_EQ(shown(append_signal, 32), "SIGRT_0");
    EXPECT_EQ(shown(append_signal, 64), "SIGRT_32");
    EXPECT_EQ(shown(append_signal, 65), "65");
    EXPECT_EQ(shown(append_signal, -1), "-1");
}

TEST_F(strace_test, unknown_bits_come_last_as_a_number) {
    constexpr value_name names[] = {{1, "ONE"}, {6, "BOTH"}, {2, "TWO"}, {4, "FOUR"}, {0, "NONE"}};
    const std::span<const value_name> all{names};
    EXPECT_EQ(shown(append_bits, u64{0}, all), "0");
    EXPECT_EQ(shown(append_bits, u64{1}, all), "ONE");
    EXPECT_EQ(shown(append_bits, u64{7}, all), "ONE|BOTH");
    EXPECT_EQ(shown(append_bits, u64{5}, all), "ONE|FOUR");
    EXPECT_EQ(shown(append_bits, u64{0x11}, all), "ONE|0x10");
    EXPECT_EQ(shown(append_bits, u64{0x10}, all), "0x10");
    EXPECT_EQ(shown(append_bits, ~u64{0}, all), "ONE|BOTH|0xfffffffffffffff8");
}

TEST_F(strace_test, unknown_values_are_numbers) {
    constexpr value_name names[] = {{0, "ZERO"}, {3, "THREE"}};
    const std::span<const value_name> all{names};
    EXPECT_EQ(shown(append_value, u64{0}, all), "ZERO");
    EXPECT_EQ(shown(append_value, u64{3}, all), "THREE");
    EXPECT_EQ(shown(append_value, u64{2}, all), "0x2");
}

// Structures ------------------------------------------------------------------------------------

TEST_F(strace_test, structures_are_lists_of_words) {
    const u64 words[] = {1, 999'999'999'999, 1'000'000'000'000, 4};
    const i32 number = -3;
    const auto at = memory.put(words, sizeof words);
    EXPECT_EQ(shown(append_structure, at, usize{16}), "{1, 999999999999}");
    EXPECT_EQ(shown(append_structure, at, usize{32}), "{1, 999999999999, 0xe8d4a51000, 4}");
    EXPECT_EQ(shown(append_structure, at, usize{40}), hex(at));
    EXPECT_EQ(shown(append_structure, memory.put(&number, 4), usize{4}), "[-3]");
    EXPECT_EQ(shown(append_structure, virtual_address{0}, usize{16}), "NULL");
}

TEST_F(strace_test, structures_that_end_half_way_are_addresses) {
    const u64 word = 7;
    const auto at = memory.put_last(&word, 8);
    EXPECT_EQ(shown(append_structure, at, usize{8}), "{7}");
    EXPECT_EQ(shown(append_structure, at, usize{16}), hex(at));
}

TEST_F(strace_test, vectors_show_their_parts) {
    const u64 parts[][2] = {{text("ab"), 2}, {text("cdef"), 4}};
    const auto at = memory.put(parts, sizeof parts);
    EXPECT_EQ(shown(append_vector, at, u64{0}, ~u64{0}), "[]");
    EXPECT_EQ(shown(append_vector, at, u64{2}, ~u64{0}), R"([{"ab", 2}, {"cdef", 4}])");
}

TEST_F(strace_test, of_vectors_that_were_read_into_the_filled_part_is_shown) {
    const u64 parts[][2] = {{text("ab"), 2}, {text("cdef"), 4}, {text("ghi"), 3}};
    const auto at = memory.put(parts, sizeof parts);
    EXPECT_EQ(shown(append_vector, at, u64{3}, u64{3}),
              R"([{"ab", 2}, {"c", 4}, {)" + hex(parts[2][0]) + ", 3}]");
}

TEST_F(strace_test, of_long_vectors_the_first_four_parts_are_shown) {
    u64 parts[5][2];
    for (auto& part : parts)
        part[0] = text("x"), part[1] = 1;
    const auto at = memory.put(parts, sizeof parts);
    EXPECT_EQ(shown(append_vector, at, u64{5}, ~u64{0}),
              R"([{"x", 1}, {"x", 1}, {"x", 1}, {"x", 1}, ...])");
    EXPECT_EQ(shown(append_vector, at, ~u64{0}, ~u64{0}),
              R"([{"x", 1}, {"x", 1}, {"x", 1}, {"x", 1}, ...])");
}

TEST_F(strace_test, vectors_that_end_half_way_end_with_their_address) {
    const u64 part[2] = {text("ab"), 2};
    const auto at = memory.put_last(part, sizeof part);
    EXPECT_EQ(shown(append_vector, at, u64{2}, ~u64{0}), R"([{"ab", 2})" + hex(at) + "]");
    EXPECT_EQ(shown(append_vector, outside, u64{1}, ~u64{0}), "[" + hex(outside) + "]");
}

TEST_F(strace_test, parts_that_cannot_be_read_are_addresses) {
    const u64 parts[][2] = {{outside, 2}, {0, 1}, {memory.end(), ~u64{0}}};
    EXPECT_EQ(shown(append_vector, memory.put(parts, sizeof parts), u64{3}, ~u64{0}),
              "[{" + hex(outside) + ", 2}, {NULL, 1}, {" + hex(memory.end()) +
                  ", 18446744073709551615}]");
}

// Calls -----------------------------------------------------------------------------------------

TEST_F(strace_test, a_call_and_its_answer) {
    EXPECT_EQ(decode(SYS_openat, {0xffffff9c, text("/etc/passwd"), 0x80000, 0}, reply{3}),
              R"(openat(AT_FDCWD, "/etc/passwd", O_CLOEXEC, 00) = 3)");
    EXPECT_EQ(decode(SYS_openat, {5, text("x"), 0x42, 0644}, reply{errc::no_entry}),
              R"(openat(5, "x", O_RDWR|O_CREAT, 0644) = -1 ENOENT)");
}

TEST_F(strace_test, numbers_that_are_ints_ignore_the_upper_half) {
    EXPECT_EQ(decode(SYS_kill, {0xdead'0000'0000'0001, 0xdead'0000'0000'000f}, reply{0}),
              "kill(1, SIGTERM) = 0");
    EXPECT_EQ(decode(SYS_kill, {0xffff'ffff, 0xffff'ffff}, reply{errc::invalid_argument}),
              "kill(-1, -1) = -1 EINVAL");
}

TEST_F(strace_test, what_is_written_is_shown_from_the_start) {
    EXPECT_EQ(decode(SYS_write, {1, text("hi\n"), 3}, nullptr), R"(write(1, "hi\n", 3))");
}

TEST_F(strace_test, what_is_read_is_shown_as_far_as_it_was) {
    const auto at = text("hello");
    EXPECT_EQ(decode(SYS_read, {0, at, 100}, nullptr), "read(0, " + hex(at) + ", 100)");
    EXPECT_EQ(decode(SYS_read, {0, at, 100}, reply{2}), R"(read(0, "he", 100) = 2)");
    EXPECT_EQ(decode(SYS_read, {0, at, 100}, reply{errc::again}),
              "read(0, " + hex(at) + ", 100) = -1 EAGAIN");
}

TEST_F(strace_test, readv_shows_what_it_filled) {
    const u64 parts[][2] = {{text("abc"), 3}, {text("stale"), 5}};
    const auto at = memory.put(parts, sizeof parts);
    EXPECT_EQ(decode(SYS_readv, {0, at, 2}, reply{3}),
              R"(readv(0, [{"abc", 3}, {)" + hex(parts[1][0]) + ", 5}], 2) = 3");
    EXPECT_EQ(
        decode(SYS_readv, {0, at, 2}, reply{errc::io_error}),
        "readv(0, [{" + hex(parts[0][0]) + ", 3}, {" + hex(parts[1][0]) + ", 5}], 2) = -1 EIO");
}

TEST_F(strace_test, addresses_come_back_in_hexadecimal) {
    EXPECT_EQ(decode(SYS_mmap, {0, 4096, 3, 0x22, ~u64{0}, 0}, reply{0x7f00'0000'0000}),
              "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
              "0x7f0000000000");
}

TEST_F(strace_test, unknown_flags_are_numbers_behind_the_others) {
    EXPECT_EQ(decode(SYS_mprotect, {0x1000, 1, 0x4000'0001}, nullptr),
              "mprotect(0x1000, 1, PROT_READ|0x40000000)");
}

TEST_F(strace_test, calls_that_a_signal_cut_short_have_no_answer_yet) {
    const u64 time[2] = {1, 500};
    EXPECT_EQ(decode(SYS_nanosleep, {memory.put(time, 16), 0}, reply{i64{-516}}),
              "nanosleep({1, 500}, 0x0) = ? (interrupted)");
}

TEST_F(strace_test, unknown_calls_have_a_number) {
    EXPECT_EQ(decode(0x1234, {1, 2, 3}, reply{errc::not_implemented}),
              "syscall_0x1234(0x1, 0x2, 0x3) = -1 ENOSYS");
}

TEST_F(strace_test, every_call_stands_every_register) {
    const u64 values[] = {0,
                          1,
                          ~u64{0},
                          memory.end() - 1,
                          memory.end(),
                          outside,
                          arch::application_limit - 1,
                          u64{1} << 63,
                          text("text")};
    for (u64 number = 0; number < call_limit; ++number)
        for (u64 value : values)
            for (u64 other : values) {
                const auto registers = {value, other, value, other, value, other};
                decode(number, registers, nullptr);
                decode(number, registers, reply{static_cast<i64>(other)});
            }
}

// Sockets ---------------------------------------------------------------------------------------

TEST_F(strace_test, socket_names) {
    const u8 v4[16] = {2, 0, 0, 80, 127, 0, 0, 1};
    const u8 v6[28] = {10, 0, 0x1f, 0x90, 0, 0, 0, 0, 0, 0, 0, 0,
                       0,  0, 0,    0,    0, 0, 0, 0, 0, 0, 0, 1};
    const auto at4 = memory.put(v4, sizeof v4), at6 = memory.put(v6, sizeof v6);
    EXPECT_EQ(shown(append_socket_name, at4, u32{16}), "{AF_INET, 127.0.0.1:80}");
    EXPECT_EQ(shown(append_socket_name, at6, u32{28}), "{AF_INET6, [::1]:8080}");
    EXPECT_EQ(shown(append_socket_name, at4, u32{15}), "{AF_INET, 15 bytes}");
    EXPECT_EQ(shown(append_socket_name, at4, u32{1}), hex(at4));
    EXPECT_EQ(shown(append_socket_name, at4, u32{0}), hex(at4));
    EXPECT_EQ(shown(append_socket_name, virtual_address{0}, u32{16}), "NULL");
}

TEST_F(strace_test, names_of_unix_sockets) {
    const auto show = [&](std::string_view bytes, u32 length) {
        return shown(append_socket_name, memory.put(bytes.data(), bytes.size()), length);
    };
    EXPECT_EQ(show("\1\0/run/x\0\0\0"s, 11), R"({AF_UNIX, "/run/x"})");
    EXPECT_EQ(show("\1\0/run/x"s, 8), R"({AF_UNIX, "/run/x"})");
    EXPECT_EQ(show("\1\0\0hidden"s, 9), R"({AF_UNIX, "@hidden"})");
    EXPECT_EQ(show("\1\0\0"s, 3), R"({AF_UNIX, "@"})");
    EXPECT_EQ(show("\1\0"s, 2), "{AF_UNIX}");
    EXPECT_EQ(show("\1\0a\nb"s, 5), R"({AF_UNIX, "a?b"})");
}

TEST_F(strace_test, unknown_families_are_numbers) {
    const u8 name[8] = {77, 0};
    EXPECT_EQ(shown(append_socket_name, memory.put(name, sizeof name), u32{8}), "{77, 8 bytes}");
}

TEST_F(strace_test, names_longer_than_any_are_read_as_far_as_names_go) {
    const u8 name[128] = {77, 0};
    const auto at = memory.put_last(name, sizeof name);
    EXPECT_EQ(shown(append_socket_name, at, ~u32{0}), "{77, 128 bytes}");
    EXPECT_EQ(shown(append_socket_name, at + 8, u32{128}), hex(at + 8));
}

TEST_F(strace_test, a_name_that_comes_back_has_the_length_that_came_back) {
    const u8 v4[16] = {2, 0, 0, 80, 127, 0, 0, 1};
    const u32 length = 16;
    const auto at = memory.put(v4, sizeof v4), length_at = memory.put(&length, 4);
    EXPECT_EQ(decode(SYS_getsockname, {3, at, length_at}, reply{0}),
              "getsockname(3, {AF_INET, 127.0.0.1:80}, " + hex(length_at) + ") = 0");
    EXPECT_EQ(decode(SYS_getsockname, {3, at, outside}, reply{0}),
              "getsockname(3, " + hex(at) + ", " + hex(outside) + ") = 0");
}
