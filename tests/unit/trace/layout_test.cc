// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <cstring>
#include <string>
#include <trace/layout.hh>
#include <vector>

namespace osprey::trace {
namespace {

class text final : public text_sink {
public:
    void append(std::string_view more) noexcept override { all.append(more); }
    std::string all;
};

constexpr tracepoint plain{"memory\0memory_page_alloc\0u64 frame, u32 order, trace::address at\0",
                           signature<void(u64, u32, address)>::kinds};
constexpr tracepoint wakeup{
    "sched\0sched_wakeup\0trace::comm comm, trace::pid pid, i32 prio, i32 target_cpu\0"
    "comm=%s pid=%d prio=%d target_cpu=%03d",
    signature<void(comm, pid, i32, i32)>::kinds};
constexpr tracepoint with_text{
    "irq\0irq_handler_exit\0i32 irq, std::string_view name, i32 ret\0"
    "irq=%d name=%s ret=%H",
    signature<void(i32, std::string_view, i32)>::kinds};

std::string format_of(const tracepoint& p) {
    text out;
    write_format(out, layout_of(p), 40);
    return out.all;
}

TEST(layout, names_and_offsets_follow_the_parameters) {
    const layout l = layout_of(plain);
    EXPECT_EQ(l.system, "memory");
    EXPECT_EQ(l.name, "memory_page_alloc");
    ASSERT_EQ(l.count, 3u);
    EXPECT_EQ(l.fields[0].name, "frame");
    EXPECT_EQ(l.fields[0].offset, 8);
    EXPECT_EQ(l.fields[1].name, "order");
    EXPECT_EQ(l.fields[1].offset, 16);
    EXPECT_EQ(l.fields[2].name, "at");
    EXPECT_EQ(l.fields[2].offset, 24);
    EXPECT_EQ(l.end, 32u);
}

// What the file `format` of Linux 6.1 says of sched_wakeup, but for the number.
TEST(layout, format_is_that_of_linux) {
    EXPECT_EQ(format_of(wakeup),
              "name: sched_wakeup\nID: 40\nformat:\n"
              "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
              "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
              "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
              "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
              "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
              "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
              "\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;\n"
              "\tfield:int target_cpu;\toffset:32;\tsize:4;\tsigned:1;\n\n"
              "print fmt: \"comm=%s pid=%d prio=%d target_cpu=%03d\", REC->comm, REC->pid, "
              "REC->prio, REC->target_cpu\n");
}

TEST(layout, texts_of_any_length_are_found_by_their_place) {
    EXPECT_NE(format_of(with_text).find("print fmt: \"irq=%d name=%s ret=%s\", REC->irq, "
                                        "__get_str(name), REC->ret ? \"handled\" : \"unhandled\""),
              std::string::npos);
    std::vector<u8> record(32);
    const i32 irq = 51, ret = 1;
    const u32 where = 20 | 5 << 16;
    std::memcpy(record.data() + 8, &irq, 4);
    std::memcpy(record.data() + 12, &where, 4);
    std::memcpy(record.data() + 16, &ret, 4);
    std::memcpy(record.data() + 20, "disk", 5);
    text out;
    write_fields(out, layout_of(with_text), record);
    EXPECT_EQ(out.all, "irq=51 name=disk ret=handled");
}

TEST(layout, damaged_records_are_not_read_beyond_their_end) {
    std::vector<u8> record(20);
    const u32 where = 4000 | 2000u << 16;
    std::memcpy(record.data() + 12, &where, 4);
    text out;
    write_fields(out, layout_of(with_text), record);
    EXPECT_EQ(out.all, "irq=0 name= ret=unhandled");
    record.resize(12);
    text nothing;
    write_fields(nothing, layout_of(with_text), record);
    EXPECT_EQ(nothing.all, "");
}

TEST(layout, numbers_without_a_format_are_shown_with_their_names) {
    std::vector<u8> record(32);
    const u64 frame = 7, at = 0xffff800000001000;
    const u32 order = 3;
    std::memcpy(record.data() + 8, &frame, 8);
    std::memcpy(record.data() + 16, &order, 4);
    std::memcpy(record.data() + 24, &at, 8);
    text out;
    write_fields(out, layout_of(plain), record);
    EXPECT_EQ(out.all, "frame=7 order=3 at=0xffff800000001000");
    EXPECT_NE(format_of(plain).find("\"frame=%lu order=%u at=0x%lx\", REC->frame, REC->order, "
                                    "REC->at"),
              std::string::npos);
}

}  // namespace
}  // namespace osprey::trace
