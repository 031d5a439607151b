// SPDX-License-Identifier: BSD-3-Clause
// What trace/ and its filesystem want to know of threads and programs.
#include <arch/context.hh>
#include <boot/crash.hh>
#include <fs/trace/stream.hh>
#include <fs/trace/symbols.hh>
#include <process/process_table.hh>
#include <process/program_symbol.hh>
#include <process/tracing.hh>
#include <trace/current.hh>

namespace osprey::trace {

current_thread describe_current() noexcept {
    sched::thread* t = arch::current_thread();
    if (!t)
        return {};
    if (!t->is_application())
        return {t->id(), t->id(), t->id() ? t->name() : "swapper", nullptr};
    const auto& task = static_cast<proc::task&>(*t);
    return {static_cast<u32>(task.tid()), static_cast<u32>(task.owner().pid()), t->name(),
            &arch::application_frame()};
}

}  // namespace osprey::trace

namespace osprey::proc {
namespace {

void write_program_symbol(text_sink& to, u32 process, u64 address) noexcept {
    const refptr<proc::process> p = find_process(static_cast<i32>(process));
    const auto space = p ? p->held(&proc::process::space) : nullptr;
    program_place place{.wanted = address};
    if (space)
        find_place(*space, place);
    if (const elf_symbol symbol = find_symbol_at(place); symbol.name[0])
        to.append(symbol.name);
    else if (!place.file.view().empty())
        format_to(to, "{}+{:#x}", place.file.view(), place.file_offset);
    else
        format_to(to, "{:#x}", address);
}

}  // namespace

void initialize_tracing() noexcept {
    fs::set_program_symbols(write_program_symbol);
    boot::add_crash_reporter(fs::write_last_records);
}

}  // namespace osprey::proc
