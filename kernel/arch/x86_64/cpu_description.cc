// SPDX-License-Identifier: BSD-3-Clause
#include <cpuid.h>
#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <arch/cpu_description.hh>

namespace osprey::arch {

namespace {

enum class cpuid_register : u8 { a, b, c, d };

/// A feature bit and the name Linux gives it (arch/x86/include/asm/cpufeatures.h lists the names;
/// Intel SDM vol. 2A CPUID and AMD APM vol. 3 appendix E the bits).
struct feature {
    u32 leaf;
    u8 subleaf;
    cpuid_register where;
    u8 bit;
    const char* name;
};

using enum cpuid_register;
constexpr feature features[] = {
    {1, 0, d, 0, "fpu"},
    {1, 0, d, 1, "vme"},
    {1, 0, d, 2, "de"},
    {1, 0, d, 3, "pse"},
    {1, 0, d, 4, "tsc"},
    {1, 0, d, 5, "msr"},
    {1, 0, d, 6, "pae"},
    {1, 0, d, 7, "mce"},
    {1, 0, d, 8, "cx8"},
    {1, 0, d, 9, "apic"},
    {1, 0, d, 11, "sep"},
    {1, 0, d, 12, "mtrr"},
    {1, 0, d, 13, "pge"},
    {1, 0, d, 14, "mca"},
    {1, 0, d, 15, "cmov"},
    {1, 0, d, 16, "pat"},
    {1, 0, d, 17, "pse36"},
    {1, 0, d, 19, "clflush"},
    {1, 0, d, 23, "mmx"},
    {1, 0, d, 24, "fxsr"},
    {1, 0, d, 25, "sse"},
    {1, 0, d, 26, "sse2"},
    {1, 0, d, 27, "ss"},
    {1, 0, d, 28, "ht"},
    {0x80000001, 0, d, 11, "syscall"},
    {0x80000001, 0, d, 20, "nx"},
    {0x80000001, 0, d, 22, "mmxext"},
    {0x80000001, 0, d, 25, "fxsr_opt"},
    {0x80000001, 0, d, 26, "pdpe1gb"},
    {0x80000001, 0, d, 27, "rdtscp"},
    {0x80000001, 0, d, 29, "lm"},
    {0x80000001, 0, d, 31, "3dnow"},
    {0x80000007, 0, d, 8, "constant_tsc"},
    {0x80000007, 0, d, 8, "nonstop_tsc"},
    {1, 0, c, 0, "pni"},
    {1, 0, c, 1, "pclmulqdq"},
    {1, 0, c, 3, "monitor"},
    {1, 0, c, 5, "vmx"},
    {1, 0, c, 9, "ssse3"},
    {1, 0, c, 12, "fma"},
    {1, 0, c, 13, "cx16"},
    {1, 0, c, 17, "pcid"},
    {1, 0, c, 19, "sse4_1"},
    {1, 0, c, 20, "sse4_2"},
    {1, 0, c, 21, "x2apic"},
    {1, 0, c, 22, "movbe"},
    {1, 0, c, 23, "popcnt"},
    {1, 0, c, 24, "tsc_deadline_timer"},
    {1, 0, c, 25, "aes"},
    {1, 0, c, 26, "xsave"},
    {1, 0, c, 28, "avx"},
    {1, 0, c, 29, "f16c"},
    {1, 0, c, 30, "rdrand"},
    {1, 0, c, 31, "hypervisor"},
    {0x80000001, 0, c, 0, "lahf_lm"},
    {0x80000001, 0, c, 2, "svm"},
    {0x80000001, 0, c, 4, "cr8_legacy"},
    {0x80000001, 0, c, 5, "abm"},
    {0x80000001, 0, c, 6, "sse4a"},
    {0x80000001, 0, c, 7, "misalignsse"},
    {0x80000001, 0, c, 8, "3dnowprefetch"},
    {7, 0, b, 0, "fsgsbase"},
    {7, 0, b, 3, "bmi1"},
    {7, 0, b, 5, "avx2"},
    {7, 0, b, 7, "smep"},
    {7, 0, b, 8, "bmi2"},
    {7, 0, b, 9, "erms"},
    {7, 0, b, 10, "invpcid"},
    {7, 0, b, 14, "mpx"},
    {7, 0, b, 16, "avx512f"},
    {7, 0, b, 17, "avx512dq"},
    {7, 0, b, 18, "rdseed"},
    {7, 0, b, 19, "adx"},
    {7, 0, b, 20, "smap"},
    {7, 0, b, 21, "avx512ifma"},
    {7, 0, b, 23, "clflushopt"},
    {7, 0, b, 24, "clwb"},
    {7, 0, b, 28, "avx512cd"},
    {7, 0, b, 29, "sha_ni"},
    {7, 0, b, 30, "avx512bw"},
    {7, 0, b, 31, "avx512vl"},
    {0xd, 1, a, 0, "xsaveopt"},
    {0xd, 1, a, 1, "xsavec"},
    {0xd, 1, a, 2, "xgetbv1"},
    {0xd, 1, a, 3, "xsaves"},
    {7, 0, c, 1, "avx512vbmi"},
    {7, 0, c, 2, "umip"},
    {7, 0, c, 3, "pku"},
    {7, 0, c, 4, "ospke"},
    {7, 0, c, 8, "gfni"},
    {7, 0, c, 9, "vaes"},
    {7, 0, c, 10, "vpclmulqdq"},
    {7, 0, c, 11, "avx512_vnni"},
    {7, 0, c, 12, "avx512_bitalg"},
    {7, 0, c, 14, "avx512_vpopcntdq"},
    {7, 0, c, 16, "la57"},
    {7, 0, c, 22, "rdpid"},
    {7, 0, d, 4, "fsrm"},
};

struct leaf_values {
    unsigned value[4] = {};
    leaf_values(u32 leaf, u32 subleaf) noexcept {
        __get_cpuid_count(leaf, subleaf, &value[0], &value[1], &value[2], &value[3]);
    }
    [[nodiscard]] u32 operator[](cpuid_register r) const noexcept {
        return value[static_cast<u8>(r)];
    }
};

}  // namespace

void describe_cpu(text_sink& out, u32 id) noexcept {
    const leaf_values vendor{0, 0}, facts{1, 0}, sizes{0x80000008, 0}, cache{0x80000006, 0};
    char name[49] = {};
    for (u32 i = 0; i < 3; ++i) {
        const leaf_values part{0x80000002 + i, 0};
        __builtin_memcpy(name + 16 * i, part.value, 16);
    }
    char maker[13] = {};
    __builtin_memcpy(maker, &vendor.value[1], 4);
    __builtin_memcpy(maker + 4, &vendor.value[3], 4);
    __builtin_memcpy(maker + 8, &vendor.value[2], 4);
    // Intel SDM vol. 2A, CPUID: extended family counts from family 15 on.
    const u32 base_family = facts[a] >> 8 & 15;
    const u32 family = base_family == 15 ? base_family + (facts[a] >> 20 & 255) : base_family;
    const u32 model = (facts[a] >> 4 & 15) + (base_family >= 6 ? facts[a] >> 12 & 0xf0 : 0);
    const u64 khz = cycle_frequency() / 1000;

    format_to(out, "processor\t: {}\nvendor_id\t: {}\n", id, static_cast<const char*>(maker));
    format_to(out, "cpu family\t: {}\nmodel\t\t: {}\nmodel name\t: {}\nstepping\t: {}\n", family,
              model, static_cast<const char*>(name), facts[a] & 15);
    format_to(out, "microcode\t: 0x1\ncpu MHz\t\t: {}.{:03}\ncache size\t: {} KB\n", khz / 1000,
              khz % 1000, cache[c] >> 16);
    format_to(out, "physical id\t: 0\nsiblings\t: {}\ncore id\t\t: {}\ncpu cores\t: {}\n",
              cpu_count(), id, cpu_count());
    format_to(out, "apicid\t\t: {}\ninitial apicid\t: {}\n", id, id);
    format_to(out, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: {}\nwp\t\t: yes\nflags\t\t:",
              vendor[a]);
    for (const feature& f : features) {
        const leaf_values leaf{f.leaf, f.subleaf};
        if (leaf[f.where] >> f.bit & 1)
            format_to(out, " {}", f.name);
    }
    format_to(out, "\nbugs\t\t:\nbogomips\t: {}.{:02}\nclflush size\t: {}\n", khz / 500,
              khz / 5 % 100, (facts[b] >> 8 & 255) * 8);
    format_to(out, "cache_alignment\t: 64\naddress sizes\t: {} bits physical, {} bits virtual\n",
              sizes[a] & 255, sizes[a] >> 8 & 255);
    format_to(out, "power management:\n\n");
}

bool describe_cache(u32 index, cpu_cache& out) noexcept {
    // Deterministic cache parameters: the same layout in leaf 4 (Intel SDM vol. 2A) and, for AMD's
    // processors, 0x8000001d (AMD APM vol. 3 appendix E)
    const leaf_values vendor{0, 0};
    constexpr u32 amd = 0x68747541;  // "Auth"
    // An emulated processor of AMD's may fill in only Intel's
    const bool as_amd = vendor[b] == amd && (leaf_values{0x8000001d, 0}[a] & 31) != 0;
    const leaf_values leaf{as_amd ? 0x8000001d : 4u, index};
    static constexpr std::string_view types[] = {"", "Data", "Instruction", "Unified"};
    const u32 type = leaf[a] & 31;
    if (type == 0 || type >= std::size(types))
        return false;
    out.type = types[type];
    out.level = leaf[a] >> 5 & 7;
    out.shared_by = (leaf[a] >> 14 & 0xfff) + 1;
    out.line_bytes = (leaf[b] & 0xfff) + 1;
    out.partitions = (leaf[b] >> 12 & 0x3ff) + 1;
    out.ways = (leaf[b] >> 22) + 1;
    out.sets = leaf[c] + 1;
    out.bytes = u64{out.ways} * out.partitions * out.line_bytes * out.sets;
    return true;
}

}  // namespace osprey::arch
