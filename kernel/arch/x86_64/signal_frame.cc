// SPDX-License-Identifier: BSD-3-Clause
#include <arch/context.hh>
#include <arch/cpu.hh>
#include <arch/fpu.hh>
#include <arch/paging.hh>
#include <arch/program_abi.hh>
#include <arch/signal_frame.hh>
#include <arch/user_access.hh>
#include <atomic>
#include <cstddef>
#include <cstring>

namespace osprey::arch {
namespace {

// asm/sigcontext.h, asm/ucontext.h, asm/sigframe.h of Linux
struct machine_context {
    u64 r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    u16 cs, gs, fs, ss;
    u64 error, trap, old_mask, fault_address, fpu;
    u64 reserved[8];
};
static_assert(sizeof(machine_context) == 256);

struct user_context {
    u64 flags, link;
    signal_stack stack;
    machine_context machine;
    u64 blocked;
};
static_assert(sizeof(user_context) == 304);

struct signal_frame {
    u64 return_address;
    user_context context;
    u8 info[128];
};
static_assert(sizeof(signal_frame) == 440);

/// The last bytes of the FXSAVE part tell what follows it (struct _fpx_sw_bytes).
struct fpu_description {
    u32 magic;
    u32 whole_bytes;
    u64 features;
    u32 state_bytes;
    u32 padding[7];
};
static_assert(sizeof(fpu_description) == 48);

constexpr u64 red_zone = 128;
constexpr usize legacy_bytes = 512, description_offset = 464, header_offset = 512,
                header_bytes = 64;
constexpr u32 magic_start = 0x46505853, magic_end = 0x46505845;
constexpr u64 context_has_xstate = 1, context_has_ss = 2, context_strict_ss = 4;
// The selectors that programs on Linux see; they are not loaded when the handler returns.
constexpr u16 linux_user_code = 0x33, linux_user_data = 0x2b;

constexpr u64 flag_interrupts = 1 << 9, flag_direction = 1 << 10, flag_trap = 1 << 8,
              flag_resume = 1 << 16, flag_always = 1 << 1;
// What a handler may change in the flags it returns to: AC OF DF TF SF ZF AF PF CF RF.
constexpr u64 changeable_flags =
    0x40000 | 0x800 | 0x400 | 0x100 | 0x80 | 0x40 | 0x10 | 4 | 1 | flag_resume;

constexpr u64 page_fault_vector = 14;

bool copy_out(u64 to, const void* from, usize bytes) noexcept {
    return to <= application_limit && bytes <= application_limit - to &&
           copy_user(reinterpret_cast<void*>(to), from, bytes) == 0;
}
bool copy_in(void* to, u64 from, usize bytes) noexcept {
    return from <= application_limit && bytes <= application_limit - from &&
           copy_user(to, reinterpret_cast<const void*>(from), bytes) == 0;
}

/// XCR0; zero when the CPU has no XSAVE.
u64 read_features() noexcept {
    u32 eax, ebx, ecx, edx;
    asm volatile("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(1), "c"(0));
    if (!(ecx & (1u << 27)))  // OSXSAVE
        return 0;
    u32 low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return u64{high} << 32 | low;
}

u64 enabled_features() noexcept {
    // CPUID is slow under a hypervisor, and the answer is the same on all CPUs.
    constexpr u64 unknown = ~u64{0};
    static constinit std::atomic<u64> known{unknown};
    u64 features = known.load(std::memory_order_relaxed);
    if (features == unknown) {
        features = read_features();
        known.store(features, std::memory_order_relaxed);
    }
    return features;
}

/// Puts the FPU part of a frame at `at`.
bool push_fpu(u64 at, u8* staging) noexcept {
    const usize bytes = fpu_state_size();
    fpu_store_user(staging);
    const u64 features = enabled_features();
    fpu_description about{};
    if (features) {
        about.magic = magic_start;
        about.whole_bytes = static_cast<u32>(bytes + sizeof magic_end);
        about.features = features;
        about.state_bytes = static_cast<u32>(bytes);
    }
    std::memcpy(staging + description_offset, &about, sizeof about);
    if (!copy_out(at, staging, bytes))
        return false;
    return !features || copy_out(at + bytes, &magic_end, sizeof magic_end);
}

/// Loads the FPU part of a frame: the whole XSAVE area if its magic numbers are intact, else the
/// legacy part alone, as Linux does.
bool pop_fpu(u64 from, u8* staging) noexcept {
    if (from == 0) {
        fpu_reset(staging);
        return true;
    }
    const usize bytes = fpu_state_size();
    if (!copy_in(staging, from, legacy_bytes))
        return false;
    const u64 features = enabled_features();
    fpu_description about;
    std::memcpy(&about, staging + description_offset, sizeof about);
    u32 end = 0;
    const bool whole = features && about.magic == magic_start && about.state_bytes <= bytes &&
                       about.state_bytes >= header_offset + header_bytes &&
                       copy_in(&end, from + about.state_bytes, sizeof end) && end == magic_end;
    std::memset(staging + legacy_bytes, 0, bytes - legacy_bytes);
    if (whole) {
        if (!copy_in(staging, from, about.state_bytes))
            return false;
        u64 present;
        std::memcpy(&present, staging + header_offset, sizeof present);
        present &= features & about.features;
        std::memset(staging + header_offset, 0, header_bytes);
        std::memcpy(staging + header_offset, &present, sizeof present);
    } else if (features) {
        const u64 legacy = 3;  // x87 and SSE
        std::memcpy(staging + header_offset, &legacy, sizeof legacy);
    }
    return fpu_restore_user(staging).has_value();
}

machine_context save(const register_frame& f, const signal_frame_request& what) noexcept {
    machine_context m{};
    m.r8 = f.r8, m.r9 = f.r9, m.r10 = f.r10, m.r11 = f.r11;
    m.r12 = f.r12, m.r13 = f.r13, m.r14 = f.r14, m.r15 = f.r15;
    m.rdi = f.rdi, m.rsi = f.rsi, m.rbp = f.rbp, m.rbx = f.rbx;
    m.rdx = f.rdx, m.rax = f.rax, m.rcx = f.rcx, m.rsp = f.rsp;
    m.rip = f.rip, m.rflags = f.rflags;
    m.cs = linux_user_code, m.ss = linux_user_data;
    m.error = what.trap_error, m.trap = what.trap_vector;
    m.old_mask = what.blocked;
    m.fault_address = what.trap_address;
    return m;
}

void load(register_frame& f, const machine_context& m) noexcept {
    f.r8 = m.r8, f.r9 = m.r9, f.r10 = m.r10, f.r11 = m.r11;
    f.r12 = m.r12, f.r13 = m.r13, f.r14 = m.r14, f.r15 = m.r15;
    f.rdi = m.rdi, f.rsi = m.rsi, f.rbp = m.rbp, f.rbx = m.rbx;
    f.rdx = m.rdx, f.rax = m.rax, f.rcx = m.rcx, f.rsp = m.rsp;
    f.rip = m.rip;
    f.rflags = (f.rflags & ~changeable_flags) | (m.rflags & changeable_flags) | flag_interrupts |
               flag_always;
}

int fpu_error_code(u32 errors) noexcept {
    // Intel SDM vol. 1 §8.5.1; FPE_* of siginfo.h
    if (errors & 1)
        return 7;  // FPE_FLTINV
    if (errors & 4)
        return 3;  // FPE_FLTDIV
    if (errors & 8)
        return 4;  // FPE_FLTOVF
    if (errors & 0x12)
        return 5;  // FPE_FLTUND, denormals included
    if (errors & 0x20)
        return 6;  // FPE_FLTRES
    return 14;     // FPE_FLTUNK
}

}  // namespace

result<void> push_signal_frame(register_frame& frame, const signal_frame_request& what) noexcept {
    const usize fpu_bytes = fpu_state_size() + sizeof magic_end;
    u64 sp =
        what.use_alternate ? what.alternate.address + what.alternate.bytes : frame.rsp - red_zone;
    const u64 fpu_at = align_down(sp - fpu_bytes, 64);
    const u64 at = align_down(fpu_at - sizeof(signal_frame), 16) - 8;
    if (what.use_alternate && (at < what.alternate.address || at > sp))
        return errc::bad_address;

    signal_frame out{};
    out.return_address = what.restorer;
    out.context.flags =
        context_has_ss | context_strict_ss | (enabled_features() ? context_has_xstate : u64{0});
    out.context.stack = what.alternate;
    out.context.machine = save(frame, what);
    out.context.machine.fpu = fpu_at;
    out.context.blocked = what.blocked;
    std::memcpy(out.info, what.info, sizeof out.info);
    if (!push_fpu(fpu_at, static_cast<u8*>(what.fpu_staging)) || !copy_out(at, &out, sizeof out))
        return errc::bad_address;

    frame.rdi = static_cast<u64>(what.number);
    frame.rsi = at + offsetof(signal_frame, info);
    frame.rdx = at + offsetof(signal_frame, context);
    frame.rax = 0;
    frame.rsp = at;
    frame.rip = what.handler;
    frame.rflags &= ~(flag_direction | flag_resume | flag_trap);
    forget_system_call(frame);
    return ok;
}

result<signal_frame_contents> pop_signal_frame(register_frame& frame, void* fpu_staging) noexcept {
    // The handler's RET took the return address off.
    signal_frame in;
    if (!copy_in(&in, frame.rsp - sizeof in.return_address, sizeof in) ||
        in.context.machine.rip >= application_limit ||
        !pop_fpu(in.context.machine.fpu, static_cast<u8*>(fpu_staging)))
        return errc::bad_address;
    load(frame, in.context.machine);
    forget_system_call(frame);
    return signal_frame_contents{in.context.blocked, in.context.stack};
}

trap_signal classify_trap(const register_frame& frame, u64 address, errc page_error,
                          void* fpu_staging) noexcept {
    constexpr int sig_ill = 4, sig_trap = 5, sig_bus = 7, sig_fpe = 8, sig_segv = 11;
    constexpr int by_kernel = 0x80;
    switch (frame.vector) {
        case 0:
            return {sig_fpe, 1, frame.rip};  // FPE_INTDIV
        case 1:
            return {sig_trap, 2, frame.rip};  // TRAP_TRACE
        case 3:
            return {sig_trap, by_kernel, 0};
        case 6:
            return {sig_ill, 2, frame.rip};  // ILL_ILLOPN
        case 11:
        case 12:
            return {sig_bus, by_kernel, 0};
        case page_fault_vector:
            if (page_error == errc::io_error)
                return {sig_bus, 2, address};  // BUS_ADRERR
            return {sig_segv, page_error == errc::access_denied ? 2 : 1,
                    address};  // ACCERR, MAPERR
        case 16: {
            fpu_store_user(fpu_staging);
            u16 control, status;
            std::memcpy(&control, fpu_staging, 2);
            std::memcpy(&status, static_cast<u8*>(fpu_staging) + 2, 2);
            return {sig_fpe, fpu_error_code(status & ~control & 0x3fu), frame.rip};
        }
        case 17:
            return {sig_bus, 1, address};  // BUS_ADRALN
        case 19: {
            fpu_store_user(fpu_staging);
            u32 mxcsr;
            std::memcpy(&mxcsr, static_cast<u8*>(fpu_staging) + 24, 4);
            return {sig_fpe, fpu_error_code(mxcsr & ~(mxcsr >> 7) & 0x3f), frame.rip};
        }
        default:
            return {sig_segv, by_kernel, 0};
    }
}

void restart_system_call(register_frame& frame, u64 number) noexcept {
    constexpr u64 syscall_instruction_bytes = 2;
    frame.rax = number;
    frame.rip -= syscall_instruction_bytes;
    forget_system_call(frame);
}

void forget_system_call(register_frame& frame) noexcept {
    if (frame.vector == register_frame::syscall_vector)
        frame.vector = register_frame::syscall_vector + 1;
}

register_frame initial_frame(u64 entry, u64 stack) noexcept {
    register_frame frame{};
    frame.rip = entry;
    frame.rsp = stack;
    frame.rflags = flag_interrupts | flag_always;
    asm("movw %%cs, %w0" : "=r"(frame.cs));
    asm("movw %%ss, %w0" : "=r"(frame.ss));
    frame.vector = register_frame::syscall_vector + 1;
    return frame;
}

void fpu_reset(void* staging) noexcept {
    preempt_guard stay;  // a switch in between would store the old state over `staging`
    fpu_init(staging);
    fpu_load(staging);
}

void fpu_copy_current(void* area) noexcept {
    // The save instructions write only the first word of the XSAVE header or two.
    if (enabled_features())
        std::memset(static_cast<u8*>(area) + header_offset, 0, header_bytes);
    preempt_guard stay;
    fpu_save(area);
}

bool register_at(const register_frame& f, unsigned index, const char*& name, u64& value) noexcept {
    const struct {
        const char* name;
        u64 value;
    } all[] = {{"rip", f.rip}, {"rsp", f.rsp}, {"rbp", f.rbp}, {"rflags", f.rflags}, {"rax", f.rax},
               {"rbx", f.rbx}, {"rcx", f.rcx}, {"rdx", f.rdx}, {"rsi", f.rsi},       {"rdi", f.rdi},
               {"r8", f.r8},   {"r9", f.r9},   {"r10", f.r10}, {"r11", f.r11},       {"r12", f.r12},
               {"r13", f.r13}, {"r14", f.r14}, {"r15", f.r15}};
    if (index >= sizeof all / sizeof all[0])
        return false;
    name = all[index].name;
    value = all[index].value;
    return true;
}

// What programs are told about the machine (arch/program_abi.hh)

u64 hardware_capabilities() noexcept {
    u32 eax, ebx, ecx, edx;
    asm volatile("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(1), "c"(0));
    return edx;
}

u64 hardware_capabilities_2() noexcept {
    u64 cr4;
    asm volatile("movq %%cr4, %0" : "=r"(cr4));
    constexpr u64 cr4_fsgsbase = 1 << 16;
    return cr4 & cr4_fsgsbase ? 2 : 0;
}

usize least_signal_stack() noexcept {
    return align_up(sizeof(signal_frame) + fpu_state_size() + sizeof magic_end + 64 + 16, 16);
}

}  // namespace osprey::arch
