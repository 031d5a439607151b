// SPDX-License-Identifier: BSD-3-Clause
// The description of all system calls (linux/syscalls.def).
#include "host_facts.hh"

#include <gtest/gtest.h>
#include <linux/description.hh>
#include <map>
#include <set>
#include <string>

using namespace osprey;
using namespace osprey::abi;

namespace {

struct line {
    int x86_64, arm64;
    const char* name;
};
constexpr line lines[] = {
#define SYSCALL(x86_number, arm_number, name, ...) {x86_number, arm_number, #name},
#define REFUSED(x86_number, arm_number, name, ...) {x86_number, arm_number, #name},
#define MISSING(x86_number, arm_number, name) {x86_number, arm_number, #name},
#include <linux/syscalls.def>
#undef SYSCALL
#undef REFUSED
#undef MISSING
};

}  // namespace

TEST(description_test, numbers_and_names_are_unique) {
    std::set<int> x86_64, arm64;
    std::set<std::string> names;
    for (const line& l : lines) {
        EXPECT_TRUE(x86_64.insert(l.x86_64).second) << l.name;
        EXPECT_TRUE(l.arm64 == -1 || arm64.insert(l.arm64).second) << l.name;
        EXPECT_TRUE(names.insert(l.name).second) << l.name;
    }
}

TEST(description_test, numbers_are_those_of_this_linux) {
    const auto calls = host::x86_64_calls();
    ASSERT_EQ(calls.size(), std::size(lines));
    for (usize i = 0; i < calls.size(); ++i)
        EXPECT_EQ(calls[i].value, lines[i].x86_64) << lines[i].name;
}

TEST(description_test, newer_numbers_are_the_same_everywhere) {
    for (const line& l : lines)
        if (l.x86_64 >= 424)  // since Linux 5.1
            EXPECT_TRUE(l.arm64 == l.x86_64 || l.arm64 == -1) << l.name;
}

TEST(description_test, every_call_is_found_by_its_number) {
    for (const line& l : lines) {
        const call* c = describe(static_cast<u64>(l.x86_64));
        ASSERT_NE(c, nullptr) << l.name;
        EXPECT_EQ(c->name, l.name);
        EXPECT_EQ(c->arm64_number, l.arm64);
    }
    EXPECT_EQ(describe(call_limit), nullptr);
    EXPECT_EQ(describe(~u64{0}), nullptr);
    EXPECT_EQ(describe(335), nullptr);  // the gap before 424
}

TEST(description_test, missing_calls_have_a_name_and_no_arguments) {
    usize missing = 0;
    for (const line& l : lines) {
        const call* c = describe(static_cast<u64>(l.x86_64));
        EXPECT_FALSE(c->name.empty());
        if (c->implemented)
            continue;
        ++missing;
        EXPECT_TRUE(c->arguments.empty() && c->parameters.empty()) << l.name;
    }
    EXPECT_LT(missing, std::size(lines));
}

TEST(description_test, lengths_name_an_argument_that_is_a_number) {
    for (const line& l : lines) {
        const call* c = describe(static_cast<u64>(l.x86_64));
        ASSERT_LE(c->arguments.size(), 6u) << l.name;
        for (const argument& a : c->arguments) {
            if (a.kind == argument_kind::bytes || a.kind == argument_kind::vector) {
                ASSERT_LT(a.length, c->arguments.size()) << l.name;
                const auto kind = c->arguments[a.length].kind;
                EXPECT_TRUE(kind == argument_kind::unsigned_number ||
                            kind == argument_kind::signed_number ||
                            kind == argument_kind::structure)
                    << l.name;
            }
            if (a.kind == argument_kind::bits || a.kind == argument_kind::value)
                EXPECT_FALSE(a.names.empty()) << l.name;
        }
    }
}

TEST(description_test, several_bits_stand_before_their_parts) {
    for (const line& l : lines)
        for (const argument& a : describe(static_cast<u64>(l.x86_64))->arguments) {
            if (a.kind != argument_kind::bits)
                continue;
            std::set<std::string_view> names;
            u64 seen = 0;
            for (const value_name& n : a.names) {
                EXPECT_TRUE(names.insert(n.name).second) << l.name << ' ' << n.name;
                // A name all of whose bits were named before would never be shown.
                EXPECT_TRUE(n.value == 0 || (n.value & ~seen) != 0 || !std::has_single_bit(n.value))
                    << l.name << ' ' << n.name;
                if (std::has_single_bit(n.value))
                    seen |= n.value;
                else
                    EXPECT_EQ(n.value & seen, 0u) << l.name << ' ' << n.name;
            }
        }
}
