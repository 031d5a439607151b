// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <fs/trace/stream.hh>
#include <fs/trace/symbols.hh>
#include <trace/buffer.hh>
#include <trace/event.hh>

namespace osprey::fs {

constinit sync::mutex trace_mutex{sync::lock_rank::tracing};

bool consume_page(u32 cpu, trace::page_image& to, bool only_whole) noexcept {
    sync::lock_guard guard{trace_mutex};
    trace::ring* r = trace::ring_of(cpu);
    trace::ring_position& at = trace::consumer_of(cpu);
    if (!r || (only_whole && at.page == r->end().page) || !r->read(at, to))
        return false;
    r->consumed.store(at.page, std::memory_order_release);
    u64 records = 0;
    for (trace::page_walker walk{to}; walk.next();)
        ++records;
    r->taken.fetch_add(records, std::memory_order_relaxed);
    return true;
}

bool has_records(u32 cpu) noexcept {
    sync::lock_guard guard{trace_mutex};
    for (u32 c = 0; c < arch::cpu_count(); ++c)
        if (cpu == c || cpu == record_stream::all_cpus)
            if (const trace::ring* r = trace::ring_of(c);
                r && r->has_more_than(trace::consumer_of(c)))
                return true;
    return false;
}

result<void> record_stream::start() noexcept {
    if (sources_.empty())
        for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
            if (only_ != all_cpus && only_ != cpu)
                continue;
            source fresh;
            fresh.cpu = cpu;
            fresh.page = TRY(make_unique<trace::page_image>());
            TRY_VOID(sources_.push_back(std::move(fresh)));
        }
    if (consumes_)
        return ok;
    sync::lock_guard guard{trace_mutex};
    for (source& s : sources_) {
        s.at = trace::consumer_of(s.cpu);
        s.has_record = false;
        s.walker = {};
    }
    return ok;
}

void record_stream::refill(source& s) noexcept {
    while (!s.has_record && !(s.has_record = s.walker.next())) {
        if (consumes_) {
            if (!consume_page(s.cpu, *s.page))
                return;
        } else {
            sync::lock_guard guard{trace_mutex};
            const trace::ring* r = trace::ring_of(s.cpu);
            if (!r || !r->read(s.at, *s.page))
                return;
        }
        s.walker = trace::page_walker{*s.page};
    }
}

result<bool> record_stream::next() noexcept {
    if (sources_.empty())
        TRY_VOID(start());
    bool found = false;
    if (now_ < sources_.size())
        sources_[now_].has_record = false;
    for (usize i = 0; i < sources_.size(); ++i) {
        source& s = sources_[i];
        refill(s);
        if (s.has_record && (!found || s.walker.time() < time())) {
            now_ = i;
            found = true;
        }
    }
    if (!found)
        now_ = sources_.size();
    return found;
}

namespace {

void write_chain(text_sink& to, std::span<const u8> record, bool kernel) noexcept {
    u32 head[2] = {};
    constexpr usize start = sizeof(trace::record_header) + sizeof head;
    std::memcpy(head, record.data() + sizeof(trace::record_header), sizeof head);
    to.append(kernel ? "<stack trace>\n" : "<user stack trace>\n");
    for (usize at = start; at + sizeof(u64) <= record.size(); at += sizeof(u64)) {
        u64 address = 0;
        std::memcpy(&address, record.data() + at, sizeof address);
        if (address == 0)
            break;
        to.append(" => ");
        if (kernel)
            write_kernel_symbol(to, address, false);
        else
            write_program_symbol(to, head[0], address);
        to.append("\n");
    }
}

void write_body(text_sink& to, std::span<const u8> record, u32 id) noexcept {
    if (id == trace::kernel_stack_id || id == trace::user_stack_id) {
        write_chain(to, record, id == trace::kernel_stack_id);
        return;
    }
    if (id == trace::print_id) {
        const char* text = reinterpret_cast<const char*>(record.data()) + 16;
        const std::string_view line = trace::text_of(text, record.size() - 16);
        to.append("tracing_mark_write: ");
        to.append(line);
        if (!line.ends_with('\n'))
            to.append("\n");
        return;
    }
    trace::layout event;
    if (id < trace::first_event_id || !trace::describe_event(id - trace::first_event_id, event)) {
        format_to(to, "Unknown type {}\n", id);
        return;
    }
    format_to(to, "{}: ", event.name);
    trace::write_fields(to, event, record);
    to.append("\n");
}

/// Naming what is in one takes locks.
bool is_user_chain(const u8* record) noexcept {
    trace::record_header header;
    std::memcpy(&header, record, sizeof header);
    return header.event == trace::user_stack_id;
}

}  // namespace

void write_record(text_sink& to, u32 cpu, u64 time, std::span<const u8> record) noexcept {
    trace::record_header header;
    std::memcpy(&header, record.data(), sizeof header);
    char name[16] = "<...>";
    if (header.pid == 0)
        std::memcpy(name, "<idle>", 7);
    else if (!trace::thread_name(header.pid, name))
        std::memcpy(name, "<...>", 6);
    constexpr usize name_width = 16, number_width = 7;
    const std::string_view shown = trace::text_of(name, sizeof name);
    for (usize i = shown.size(); i < name_width; ++i)
        to.append(" ");
    fixed_text<16> number;
    format_to(number, "{}", header.pid);
    format_to(to, "{}-{}", shown, number.view());
    for (usize i = number.view().size(); i < number_width; ++i)
        to.append(" ");
    format_to(to, " [{:03}] {}{}{}", cpu, header.flags & 0x01 ? 'd' : '.',
              header.flags & 0x04 ? 'N' : '.', header.flags & 0x08 ? 'h' : '.');
    if (header.preempt_count)
        format_to(to, "{:x}", header.preempt_count & 15);
    else
        to.append(".");
    const u64 us = time / 1000;
    format_to(to, ". {:5}.{:06}: ", us / 1'000'000, us % 1'000'000);
    write_body(to, record, header.event);
}

void write_last_records(text_sink& to) noexcept {
    constexpr unsigned shown = 8;
    static trace::page_image page;  // one CPU reports a crash
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        const trace::ring* r = trace::ring_of(cpu);
        trace::ring_position at = r ? r->end() : trace::ring_position{};
        if (!r || !r->read(at, page))
            continue;
        unsigned records = 0;
        for (trace::page_walker walk{page}; walk.next();)
            ++records;
        format_to(to, "last trace records of CPU {}:\n", cpu);
        for (trace::page_walker walk{page}; walk.next(); --records)
            if (records <= shown && !is_user_chain(walk.record()))
                write_record(to, cpu, walk.time(), {walk.record(), walk.bytes()});
    }
}

void write_trace_header(text_sink& to) noexcept {
    u64 present = 0, written = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        if (const trace::ring* r = trace::ring_of(cpu)) {
            written += r->written.load(std::memory_order_relaxed);
            present += r->written.load(std::memory_order_relaxed) -
                       r->overwritten.load(std::memory_order_relaxed);
        }
    format_to(to,
              "# tracer: nop\n#\n# entries-in-buffer/entries-written: {}/{}   #P:{}\n#\n"
              "#                                _-----=> irqs-off/BH-disabled\n"
              "#                               / _----=> need-resched\n"
              "#                              | / _---=> hardirq/softirq\n"
              "#                              || / _--=> preempt-depth\n"
              "#                              ||| / _-=> migrate-disable\n"
              "#                              |||| /     delay\n"
              "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
              "#              | |         |   |||||     |         |\n",
              present, written, arch::cpu_count());
}

}  // namespace osprey::fs
