// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <qemu/accelerator.hh>
#include <qemu/command_line.hh>
#include <qemu/control.hh>

#include <algorithm>

namespace osprey::cli::qemu {
namespace {

TEST(accelerator, kvm_needs_hardware) {
    EXPECT_TRUE(shows_virtualisation("processor: 0\nflags\t\t: fpu vmx sse\n"));
    EXPECT_TRUE(shows_virtualisation("flags : fpu svm\n"));
    EXPECT_FALSE(shows_virtualisation("flags : fpu sse svm_lock notvmx\n"));
    EXPECT_FALSE(shows_virtualisation("vmx flags : vmx\n"));
    EXPECT_FALSE(shows_virtualisation(""));
}

TEST(accelerator, wishes_are_obeyed) {
    EXPECT_EQ(choose_accelerator("kvm").argument, "kvm");
    EXPECT_EQ(choose_accelerator("tcg").argument, "tcg,thread=multi");
    EXPECT_EQ(choose_accelerator("hvf,x=y").argument, "hvf,x=y");
    EXPECT_EQ(choose_accelerator("hvf,x=y").name, "hvf");
}

TEST(command_line, commas_in_image_names_are_doubled) {
    machine guest;
    guest.image = "/tmp/a,b.img";
    const auto line = build_command_line(guest, {"null", "null", "null", "null"});
    EXPECT_NE(std::ranges::find(line, "if=none,id=root,format=raw,readonly=on,file=/tmp/a,,b.img"),
              line.end());
}

TEST(command_line, stderr_port_only_when_separate) {
    machine guest;
    const auto has_port = [&] {
        const auto line = build_command_line(guest, {"null", "null", "null", "null"});
        return std::ranges::any_of(
            line, [](const std::string& word) { return word.ends_with("name=org.osprey.stderr"); });
    };
    EXPECT_TRUE(has_port());
    guest.separate_stderr = false;
    EXPECT_FALSE(has_port());
}

TEST(command_line, chardev_options_follow_the_id) {
    machine guest;
    const auto line = build_command_line(guest, {"socket,fd=5", "null", "null", "null"});
    EXPECT_NE(std::ranges::find(line, "socket,id=log,fd=5"), line.end());
    EXPECT_NE(std::ranges::find(line, "null,id=console"), line.end());
}

TEST(control, lines_across_reads) {
    line_splitter splitter;
    std::vector<std::string> lines;
    const auto keep = [&](std::string_view line) {
        lines.emplace_back(line);
    };
    splitter.feed("{\"event\":", keep);
    EXPECT_TRUE(lines.empty());
    splitter.feed("\"exit\"}\n\nrest", keep);
    EXPECT_EQ(lines, (std::vector<std::string>{"{\"event\":\"exit\"}", ""}));
    EXPECT_EQ(splitter.rest(), "rest");
}

TEST(control, endless_lines_are_cut) {
    line_splitter splitter;
    size_t count = 0;
    const std::string block(line_splitter::longest / 2 + 1, 'x');
    for (int i = 0; i < 4; ++i) {
        splitter.feed(block, [&](std::string_view) { ++count; });
    }
    EXPECT_EQ(count, 2U);
    EXPECT_LE(splitter.rest().size(), line_splitter::longest);
}

TEST(control, events) {
    EXPECT_EQ(text_of(parse_event(R"({"event":"exit","code":3})"), "event"), "exit");
    for (const char* bad :
         {"", "nonsense", "[1]", "5", R"({"event":5})", R"({"code":3})", "\xff"}) {
        EXPECT_EQ(text_of(parse_event(bad), "event"), "invalid") << bad;
    }
}

TEST(control, exit_codes) {
    EXPECT_EQ(exit_code_of(parse_event(R"({"event":"exit","code":42})")), 42);
    EXPECT_EQ(exit_code_of(parse_event(R"({"event":"exit","code":256})")), 0);
    EXPECT_EQ(exit_code_of(parse_event(R"({"event":"exit","signal":9})")), 137);
    EXPECT_EQ(exit_code_of(parse_event(R"({"event":"exit"})")), 0);
    EXPECT_EQ(number_of(parse_event(R"({"event":"x","n":"text"})"), "n", 7), 7U);
}

}  // namespace
}  // namespace osprey::cli::qemu
