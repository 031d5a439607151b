// SPDX-License-Identifier: BSD-3-Clause
// Mapping a checked program, its interpreter, its stack and the vDSO (execve(2), System V ABI
// x86-64 §3.4).
#include <arch/program_abi.hh>
#include <memory/user_pointer.hh>
#include <process/initial_stack.hh>
#include <process/program.hh>
#include <process/vdso.hh>
#include <sync/random_pool.hh>
#include <trace/tracepoint.hh>

namespace osprey::proc {
namespace {

using arch::protection;
using memory::placement;

// Where things go, as on Linux with 28 bits of randomness for maps and 22 for the stack.
constexpr virtual_address executable_base = 0x5555'5555'4000;
constexpr u64 executable_spread = u64{1} << 28, stack_spread = u64{1} << 22,
              break_spread = u64{1} << 13;  // pages
constexpr u64 largest_stack = u64{1} << 30;
constexpr unsigned stack_limit = 3;  // RLIMIT_STACK
constexpr int placement_tries = 32;

/// The mapping calls, with what is the same in all of them.
struct mapper {
    memory::address_space& space;
    memory::account& payer;

    result<virtual_address> map(virtual_address at, u64 bytes, protection access, u32 flags,
                                placement where, refptr<memory::vm_object> object = {},
                                u64 offset = 0, refptr<shared_name> name = {}) noexcept {
        return space.map(at, bytes, access, flags, where,
                         {.object = std::move(object), .offset = offset, .name = std::move(name)},
                         payer);
    }
};

protection access_of(const elf_segment& s) noexcept {
    auto access = protection::none;
    if (s.readable)
        access = access | protection::read;
    if (s.writable)
        access = access | protection::write;
    if (s.executable)
        access = access | protection::execute;
    return access;
}

result<void> map_segment(mapper& m, const elf_file& file, const elf_segment& s, u64 bias) noexcept {
    const virtual_address start = s.address + bias;
    const virtual_address file_end = start + s.file_bytes;
    const virtual_address first_page = align_down(start, page_size);
    virtual_address mapped_end = first_page;
    if (s.file_bytes != 0) {
        mapped_end = align_up(file_end, page_size);
        TRY(m.map(first_page, mapped_end - first_page, access_of(s), 0, placement::fixed,
                  file.pages, align_down(s.file_offset, page_size), file.name));
    }
    if (s.memory_bytes == s.file_bytes)
        return ok;
    // The rest of the last page holds the next bytes of the file, but the program expects zeros.
    const virtual_address end = align_up(start + s.memory_bytes, page_size);
    if (s.writable && file_end != mapped_end && s.file_bytes != 0)
        if (arch::zero_user(reinterpret_cast<void*>(file_end), mapped_end - file_end) != 0)
            return errc::bad_address;
    if (end > mapped_end)
        TRY(m.map(mapped_end, end - mapped_end, access_of(s), 0, placement::fixed));
    return ok;
}

/// Finds room for a position-independent file and reserves it. @return what to add to addresses.
result<u64> reserve(mapper& m, const elf_program& p, bool is_interpreter) noexcept {
    const u64 bytes = p.highest - p.lowest;
    const u64 slack = p.alignment - page_size;
    if (is_interpreter) {
        const auto at = TRY(m.map(0, bytes + slack, protection::none, memory::region_no_reserve,
                                  placement::anywhere));
        const virtual_address start = align_up(at, p.alignment);
        if (start != at)
            TRY_VOID(m.space.unmap(at, start - at));
        if (start - at != slack)
            TRY_VOID(m.space.unmap(start + bytes, slack - (start - at)));
        return start - p.lowest;
    }
    for (int i = 0; i < placement_tries; ++i) {
        const virtual_address start = align_down(
            executable_base + (random_number() % executable_spread << page_shift), p.alignment);
        auto at = m.map(start, bytes, protection::none, memory::region_no_reserve,
                        placement::fixed_no_replace);
        if (at)
            return start - p.lowest;
        if (at.error() != errc::exists)
            return at.error();
    }
    return errc::out_of_memory;
}

TRACEPOINT(process, elf_load, bool interpreter);
/// Maps a whole file. @return what was added to its addresses.
result<u64> map_file(mapper& m, const elf_file& file, bool is_interpreter) noexcept {
    TRACE(elf_load, is_interpreter);
    const elf_program& p = file.program;
    const u64 bias = p.header.position_independent ? TRY(reserve(m, p, is_interpreter)) : u64{0};
    virtual_address last_end = p.lowest + bias;
    for (u32 i = 0; i < p.segment_count; ++i) {
        const elf_segment& s = p.segments[i];
        TRY_VOID(map_segment(m, file, s, bias));
        const virtual_address start = align_down(s.address + bias, page_size);
        if (p.header.position_independent && start > last_end)
            TRY_VOID(m.space.unmap(last_end, start - last_end));  // no memory between segments
        last_end = align_up(s.address + s.memory_bytes + bias, page_size);
    }
    return bias;
}

struct stack_area {
    virtual_address lowest, top;
};

result<stack_area> map_stack(mapper& m, u64 wanted, bool executable) noexcept {
    const u64 bytes = align_up(wanted < largest_stack ? wanted : u64{8} << 20, page_size);
    auto access = protection::read | protection::write;
    if (executable)
        access = access | protection::execute;
    for (int i = 0; i < placement_tries; ++i) {
        const virtual_address top =
            arch::application_limit - (random_number() % stack_spread << page_shift);
        auto at = m.map(top - bytes, bytes, access,
                        memory::region_stack | memory::region_no_reserve | memory::region_no_huge,
                        placement::fixed_no_replace);
        if (at)
            return stack_area{top - bytes, top};
        if (at.error() != errc::exists)
            return at.error();
    }
    return errc::out_of_memory;
}

void place_break(process& p, virtual_address program_end) noexcept {
    sync::lock_guard guard{p.brk_mutex};
    p.brk_start = p.brk_end = program_end + (random_number() % break_spread << page_shift);
}

/// The strings one behind the other, each with its zero, as /proc shows them.
result<string> joined(std::span<const std::string_view> strings) noexcept {
    string out;
    for (std::string_view s : strings) {
        TRY_VOID(out.append(s));
        TRY_VOID(out.push_back('\0'));
    }
    return out;
}

result<virtual_address> fill_stack(process& p, const prepared_program& what,
                                   std::span<const std::string_view> environment,
                                   virtual_address top, u64 bias, u64 interpreter_base) noexcept {
    const elf_program& program = what.executable->program;
    const auxiliary_entry auxiliary_vector[] = {
        {auxiliary::vdso, p.vdso},
        {auxiliary::hardware, arch::hardware_capabilities()},
        {auxiliary::page_bytes, page_size},
        {auxiliary::clock_ticks, 100},
        {auxiliary::program_headers, program.program_headers_address + bias},
        {auxiliary::program_header_bytes, elf_header::program_header_bytes},
        {auxiliary::program_header_count, program.header.program_headers_count},
        {auxiliary::interpreter_base, interpreter_base},
        {auxiliary::flags, 0},
        {auxiliary::entry, program.header.entry + bias},
        {auxiliary::uid, p.identity.uid},
        {auxiliary::euid, p.identity.euid},
        {auxiliary::gid, p.identity.gid},
        {auxiliary::egid, p.identity.egid},
        {auxiliary::secure, 0},
        {auxiliary::random, 0},
        {auxiliary::hardware_2, arch::hardware_capabilities_2()},
        {auxiliary::executable_name, 0},
        {auxiliary::platform, 0},
        {auxiliary::least_signal_stack, arch::least_signal_stack()},
    };
    initial_stack_request request{
        .top = top - (random_number() % 512 << 4),  // Linux moves the start by up to 8 KB, too
        .arguments = what.arguments.span(),
        .environment = environment,
        .executable_name = what.name.view(),
        .platform = arch::platform_name,
        .auxiliary_vector = auxiliary_vector,
    };
    random_bytes(request.random, sizeof request.random);
    const u64 soft = p.limits[stack_limit].soft;
    const u64 limit = (soft < largest_stack ? soft : u64{8} << 20) / 4;
    initial_stack built = TRY(build_initial_stack(request, limit));
    TRY_VOID(memory::copy_to_user(built.stack_pointer, built.image.data(), built.image.size()));

    p.arguments_start = built.arguments_start, p.arguments_end = built.arguments_end;
    p.environment_start = built.environment_start, p.environment_end = built.environment_end;
    const u64 auxiliary_bytes = built.auxiliary_end - built.auxiliary_start;
    std::memset(p.auxiliary_vector, 0, sizeof p.auxiliary_vector);
    std::memcpy(
        p.auxiliary_vector, built.image.data() + (built.auxiliary_start - built.stack_pointer),
        auxiliary_bytes < sizeof p.auxiliary_vector ? auxiliary_bytes : sizeof p.auxiliary_vector);
    return built.stack_pointer;
}

}  // namespace

result<entry_point> map_program(process& p, const prepared_program& what,
                                std::span<const std::string_view> environment) noexcept {
    mapper m{*p.space, p.account};
    const elf_program& program = what.executable->program;
    const u64 bias = TRY(map_file(m, *what.executable, false));
    u64 interpreter_bias = 0, interpreter_base = 0;
    if (what.interpreter) {
        interpreter_bias = TRY(map_file(m, *what.interpreter, true));
        interpreter_base = what.interpreter->program.lowest + interpreter_bias;
    }
    p.vdso = TRY(map_vdso(*p.space, p.account));
    const stack_area stack =
        TRY(map_stack(m, p.limits[stack_limit].soft, program.executable_stack));
    place_break(p, program.highest + bias);
    entry_point out;
    out.stack = TRY(fill_stack(p, what, environment, stack.top, bias, interpreter_base));
    out.instruction = what.interpreter ? what.interpreter->program.header.entry + interpreter_bias
                                       : program.header.entry + bias;
    p.stack_start = out.stack;
    p.code_start = program.lowest + bias, p.code_end = program.highest + bias;
    {
        string arguments = TRY(joined(what.arguments.span()));
        string variables = TRY(joined(environment));
        vfs::path executable = what.executable->location;
        sync::lock_guard guard{p.mutex};
        p.command_line = std::move(arguments);
        p.environment = std::move(variables);
        p.executable = std::move(executable);
    }
    return out;
}

}  // namespace osprey::proc
