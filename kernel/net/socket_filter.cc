// SPDX-License-Identifier: BSD-3-Clause
//
// Checking and running classic packet filters, with the extensions that Linux has for them
// (Documentation/networking/filter.rst).
#include <arch/cpu.hh>
#include <base/endian.hh>
#include <net/socket_filter.hh>

namespace osprey::net {
namespace {

// The fields of an instruction's code.
constexpr u16 class_of = 0x07, size_of = 0x18, mode_of = 0xe0, operation_of = 0xf0;
enum instruction_class : u16 { ld, ldx, st, stx, alu, jmp, ret, misc };
enum size_field : u16 { word = 0x00, half = 0x08, byte = 0x10 };
enum mode_field : u16 {
    immediate = 0x00,
    absolute = 0x20,
    indirect = 0x40,
    memory = 0x60,
    length = 0x80,
    header_length = 0xa0,
};
enum alu_operation : u16 {
    add = 0x00,
    subtract = 0x10,
    multiply = 0x20,
    divide = 0x30,
    bit_or = 0x40,
    bit_and = 0x50,
    shift_left = 0x60,
    shift_right = 0x70,
    negate = 0x80,
    modulo = 0x90,
    bit_xor = 0xa0,
};
enum jump_operation : u16 {
    always = 0x00,
    equal = 0x10,
    greater = 0x20,
    not_less = 0x30,
    bits_set = 0x40,
};
constexpr u16 operand_x = 0x08;  // else the constant
constexpr u16 return_kind = 0x18, return_a = 0x10, return_x = 0x08;
constexpr u16 txa = 0x80;
constexpr u32 memory_words = 16;

// Negative offsets (include/uapi/linux/filter.h)
constexpr u32 extensions = static_cast<u32>(-0x1000);      // SKF_AD_OFF
constexpr u32 network_base = static_cast<u32>(-0x100000);  // SKF_NET_OFF
constexpr u32 link_base = static_cast<u32>(-0x200000);     // SKF_LL_OFF
enum extension : u32 {
    ext_protocol = 0,
    ext_packet_kind = 4,
    ext_device = 8,
    ext_netlink_attribute = 12,
    ext_nested_attribute = 16,
    ext_mark = 20,
    ext_queue = 24,
    ext_device_type = 28,
    ext_hash = 32,
    ext_cpu = 36,
    ext_alu_xor_x = 40,
    ext_vlan_tag = 44,
    ext_vlan_present = 48,
    ext_payload_offset = 52,
    ext_random = 56,
    ext_vlan_protocol = 60,
};

bool known_extension(u32 offset) noexcept {
    switch (offset - extensions) {
        case ext_protocol:
        case ext_packet_kind:
        case ext_device:
        case ext_mark:
        case ext_queue:
        case ext_device_type:
        case ext_hash:
        case ext_cpu:
        case ext_vlan_tag:
        case ext_vlan_present:
            return true;
        default:
            return false;
    }
}

bool good_load(const filter_instruction& i) noexcept {
    const bool sized = (i.code & size_of) != 0x18;
    switch (i.code & mode_of) {
        case immediate:
        case length:
            return (i.code & size_of) == word;
        case memory:
            return (i.code & size_of) == word && i.constant < memory_words;
        case absolute:
            if ((i.code & class_of) != ld || !sized)
                return false;
            return i.constant < extensions || known_extension(i.constant);
        case indirect:
            return (i.code & class_of) == ld && sized;
        case header_length:
            return (i.code & class_of) == ldx && (i.code & size_of) == byte;
        default:
            return false;
    }
}

bool good_alu(const filter_instruction& i) noexcept {
    const u16 operation = i.code & operation_of;
    if (operation > bit_xor)
        return false;
    if (operation == negate)
        return !(i.code & operand_x);
    if (i.code & operand_x)
        return true;
    if (operation == divide || operation == modulo)
        return i.constant != 0;
    if (operation == shift_left || operation == shift_right)
        return i.constant < 32;
    return true;
}

bool good_jump(const filter_instruction& i, usize behind) noexcept {
    if ((i.code & operation_of) == always)
        return !(i.code & operand_x) && i.constant < behind;
    if ((i.code & operation_of) > bits_set)
        return false;
    return i.jump_true < behind && i.jump_false < behind;
}

/// `behind`: how many instructions follow.
bool good(const filter_instruction& i, usize behind) noexcept {
    if (i.code > 0xff)
        return false;
    switch (i.code & class_of) {
        case ld:
        case ldx:
            return good_load(i);
        case st:
        case stx:
            return (i.code & ~class_of) == 0 && i.constant < memory_words;
        case alu:
            return good_alu(i);
        case jmp:
            return good_jump(i, behind);
        case ret:
            return (i.code & ~class_of & ~return_kind) == 0 &&
                   (i.code & return_kind) != return_kind;
        default:
            return (i.code & ~class_of) == 0 || (i.code & ~class_of) == txa;
    }
}

/// Is each cell of the scratch memory written on every way to where it is read?
result<void> check_cells(std::span<const filter_instruction> program) noexcept {
    vector<u16> written;  // on all ways that lead to an instruction by jumps
    TRY_VOID(written.resize(program.size()));
    for (u16& w : written)
        w = 0xffff;
    u16 now = 0;
    for (usize at = 0; at < program.size(); ++at) {
        const filter_instruction& i = program[at];
        now &= written[at];
        const u16 kind = i.code & class_of;
        if (kind == st || kind == stx)
            now = static_cast<u16>(now | 1u << i.constant);
        if ((kind == ld || kind == ldx) && (i.code & mode_of) == memory && !(now >> i.constant & 1))
            return errc::invalid_argument;
        if (kind == jmp) {
            const bool one_way = (i.code & operation_of) == always;
            written[at + 1 + (one_way ? i.constant : i.jump_true)] &= now;
            if (!one_way)
                written[at + 1 + i.jump_false] &= now;
        }
        if (kind ==
            jmp)  // not `ret`, though what follows that is reached by jumps alone, too: so Linux
            now = 0xffff;
    }
    return ok;
}

/// The registers, and the packet.
struct machine {
    const filter_input& in;
    u32 a = 0, x = 0;
    u32 cells[memory_words] = {};
    bool failed = false;

    u32 load_bytes(u32 offset, usize size) noexcept {
        u8 raw[4];
        if (offset >= network_base && offset < extensions)
            offset = offset - network_base + in.network_offset;
        else if (offset >= link_base && offset < network_base)
            offset -= link_base;
        if (u64{offset} + size <= in.linear.size()) {
            std::memcpy(raw, in.linear.data() + offset, size);
        } else if (u64{offset} + size > in.bytes || !in.rest ||
                   !in.rest->copy_out(usize{in.rest_offset} + offset, raw, size)) {
            failed = true;
            return 0;
        }
        return size == 1 ? raw[0] : size == 2 ? load_big<u16>(raw) : load_big<u32>(raw);
    }

    u32 special(u32 offset) const noexcept {
        switch (offset - extensions) {
            case ext_protocol:
                return in.ether_type;
            case ext_packet_kind:
                return in.packet_kind;
            case ext_device:
                return in.device;
            case ext_mark:
                return in.mark;
            case ext_device_type:
                return in.device_type;
            case ext_hash:
                return in.hash;
            case ext_cpu:
                return arch::cpu_id();
            default:  // one receive queue, no VLAN tag beside the packet
                return 0;
        }
    }

    static usize bytes_of(u16 code) noexcept {
        return (code & size_of) == word ? 4 : (code & size_of) == half ? 2 : 1;
    }

    u32 load(const filter_instruction& i) noexcept {
        switch (i.code & mode_of) {
            case immediate:
                return i.constant;
            case length:
                return in.bytes;
            case memory:
                return cells[i.constant];
            case absolute:
                if (i.constant >= extensions)
                    return special(i.constant);
                return load_bytes(i.constant, bytes_of(i.code));
            case indirect: {
                const u32 offset = x + i.constant;
                if (offset >= extensions) {  // computed ones reach the packet only
                    failed = true;
                    return 0;
                }
                return load_bytes(offset, bytes_of(i.code));
            }
            default:  // four times the low half of a byte: the length of an IP header
                return (load_bytes(i.constant, 1) & 0xf) * 4;
        }
    }

    void calculate(const filter_instruction& i) noexcept {
        const u32 b = i.code & operand_x ? x : i.constant;
        switch (i.code & operation_of) {
            case add:
                a += b;
                break;
            case subtract:
                a -= b;
                break;
            case multiply:
                a *= b;
                break;
            case divide:
            case modulo:
                if (b == 0) {
                    failed = true;
                    break;
                }
                a = (i.code & operation_of) == divide ? a / b : a % b;
                break;
            case bit_or:
                a |= b;
                break;
            case bit_and:
                a &= b;
                break;
            case shift_left:
                a <<= b & 31;
                break;
            case shift_right:
                a >>= b & 31;
                break;
            case negate:
                a = -a;
                break;
            default:
                a ^= b;
                break;
        }
    }

    [[nodiscard]] bool holds(const filter_instruction& i) const noexcept {
        const u32 b = i.code & operand_x ? x : i.constant;
        switch (i.code & operation_of) {
            case equal:
                return a == b;
            case greater:
                return a > b;
            case not_less:
                return a >= b;
            default:
                return a & b;
        }
    }
};

}  // namespace

result<unique_ptr<socket_filter>> socket_filter::create(
    std::span<const filter_instruction> program) noexcept {
    if (program.empty() || program.size() > most_instructions)
        return errc::invalid_argument;
    for (usize i = 0; i < program.size(); ++i)
        if (!good(program[i], program.size() - i - 1))
            return errc::invalid_argument;
    if ((program.back().code & class_of) != ret)
        return errc::invalid_argument;
    TRY_VOID(check_cells(program));
    auto fresh = TRY(make_unique<socket_filter>());
    TRY_VOID(fresh->program_.append(program));
    return fresh;
}

u32 socket_filter::run(const filter_input& packet) const noexcept {
    machine m{packet};
    for (const filter_instruction* i = program_.begin();; ++i) {
        switch (i->code & class_of) {
            case ld:
                m.a = m.load(*i);
                break;
            case ldx:
                m.x = m.load(*i);
                break;
            case st:
                m.cells[i->constant] = m.a;
                break;
            case stx:
                m.cells[i->constant] = m.x;
                break;
            case alu:
                m.calculate(*i);
                break;
            case jmp:
                if ((i->code & operation_of) == always)
                    i += i->constant;
                else
                    i += m.holds(*i) ? i->jump_true : i->jump_false;
                break;
            case ret:
                if ((i->code & return_kind) == return_a)
                    return m.a;
                return (i->code & return_kind) == return_x ? m.x : i->constant;
            default:
                if (i->code & txa)
                    m.a = m.x;
                else
                    m.x = m.a;
                break;
        }
        if (m.failed)
            return 0;
    }
}

}  // namespace osprey::net
