// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cstring>
#include <process/initial_stack.hh>
#include <string>

namespace osprey::proc {
namespace {

constexpr u64 top = 0x7ffc'0000'1000;

u64 word_at(const initial_stack& s, u64 address) {
    u64 value;
    std::memcpy(&value, s.image.data() + (address - s.stack_pointer), 8);
    return value;
}
std::string text_at(const initial_stack& s, u64 address) {
    return reinterpret_cast<const char*>(s.image.data() + (address - s.stack_pointer));
}

TEST(initial_stack, is_laid_out_as_the_abi_says) {
    const std::string_view arguments[] = {"ls", "-l", ""}, environment[] = {"A=1", "B=2"};
    const auxiliary_entry vector[] = {{auxiliary::page_bytes, 4096},
                                      {auxiliary::platform, 0},
                                      {auxiliary::random, 0},
                                      {auxiliary::executable_name, 0}};
    initial_stack_request request{.top = top,
                                  .arguments = arguments,
                                  .environment = environment,
                                  .executable_name = "/bin/ls",
                                  .platform = "x86_64",
                                  .auxiliary_vector = vector};
    request.random[0] = 42;
    auto built = build_initial_stack(request, 1 << 20);
    ASSERT_TRUE(built);
    const initial_stack& s = *built;
    EXPECT_EQ(s.stack_pointer % 16, 0u);
    EXPECT_EQ(s.stack_pointer + s.image.size(), top);
    u64 at = s.stack_pointer;
    EXPECT_EQ(word_at(s, at), 3u);
    EXPECT_EQ(text_at(s, word_at(s, at + 8)), "ls");
    EXPECT_EQ(text_at(s, word_at(s, at + 16)), "-l");
    EXPECT_EQ(text_at(s, word_at(s, at + 24)), "");
    EXPECT_EQ(word_at(s, at + 32), 0u);
    EXPECT_EQ(text_at(s, word_at(s, at + 40)), "A=1");
    EXPECT_EQ(text_at(s, word_at(s, at + 48)), "B=2");
    EXPECT_EQ(word_at(s, at + 56), 0u);
    EXPECT_EQ(s.auxiliary_start, at + 64);
    EXPECT_EQ(word_at(s, at + 64), 6u);
    EXPECT_EQ(word_at(s, at + 72), 4096u);
    EXPECT_EQ(text_at(s, word_at(s, at + 88)), "x86_64");
    EXPECT_EQ(s.image[word_at(s, at + 104) - s.stack_pointer], 42);
    EXPECT_EQ(text_at(s, word_at(s, at + 120)), "/bin/ls");
    EXPECT_EQ(word_at(s, at + 128), 0u);
    EXPECT_EQ(s.arguments_end - s.arguments_start, 7u);
    EXPECT_EQ(s.environment_start, s.arguments_end);
}

TEST(initial_stack, refuses_too_much) {
    const std::string big(130 * 1024, 'x');
    const std::string_view one[] = {big};
    initial_stack_request request{.top = top, .arguments = one};
    EXPECT_EQ(build_initial_stack(request, 1 << 20).error(), errc::argument_list_too_long);
    const std::string middle(1000, 'x');
    const std::string_view many[] = {middle, middle, middle};
    request.arguments = many;
    EXPECT_EQ(build_initial_stack(request, 2500).error(), errc::argument_list_too_long);
    EXPECT_TRUE(build_initial_stack(request, 5000));
}

}  // namespace
}  // namespace osprey::proc
