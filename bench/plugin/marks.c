/* SPDX-License-Identifier: BSD-3-Clause
 *
 * QEMU TCG plugin: counts the guest instructions of all virtual CPUs, and writes one line to the
 * file out=NAME per measured region (mark 1 to mark 2), at mark 3 ("main N": since reset) and at
 * the end ("total N"), and "snap N KERNEL" whenever QEMU gets SIGURG. A region's line is "region
 * ALL KERNEL": instructions in all, and those at high-half addresses. With profile=NAME the end
 * also writes "address count" per block, for a profile by function. SIGURG writes it as well and
 * begins anew; then the end does not write any.
 *
 * Debian ships no qemu-plugin.h; what is used of the interface (QEMU documentation, "TCG Plugins",
 * API version 1) is declared here. A REP string instruction counts once per turn, as TCG runs it.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*execution_callback)(unsigned cpu, void* data);
enum { CALLBACK_READS_NO_REGISTERS = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb*, execution_callback, int, void*);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn*, execution_callback, int,
                                            void*);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void*), void*);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb*);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb*);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb*, size_t);
const void* qemu_plugin_insn_data(const struct qemu_plugin_insn*);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn*);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { MAX_CPUS = 64, PROFILE_SLOTS = 1 << 18 };

struct tally {
    uint64_t low, high;
};
static struct { _Alignas(64) struct tally t; } per_cpu[MAX_CPUS];
static struct tally region_start;
static FILE* output;
static const char* profile_name;
static int snapped;

struct block {
    uint64_t address, instructions, runs;
};
static struct block* profile;

static struct tally sum(void) {
    struct tally all = {0, 0};
    for (int i = 0; i < MAX_CPUS; i++) {
        all.low += per_cpu[i].t.low;
        all.high += per_cpu[i].t.high;
    }
    return all;
}

static void low_block(unsigned cpu, void* instructions) {
    per_cpu[cpu].t.low += (uintptr_t)instructions;
}
static void high_block(unsigned cpu, void* instructions) {
    per_cpu[cpu].t.high += (uintptr_t)instructions;
}
static void profiled(unsigned cpu, void* data) {
    struct block* b = data;
    (void)cpu;
    b->runs++; /* a profile may lose a count between CPUs; the tallies do not */
}

static void at_mark(unsigned cpu, void* which) {
    struct tally now = sum();
    (void)cpu;
    switch ((uintptr_t)which) {
        case 1:
            region_start = now;
            break;
        case 2: {
            uint64_t high = now.high - region_start.high;
            fprintf(output, "region %" PRIu64 " %" PRIu64 "\n", now.low - region_start.low + high,
                    high);
            break;
        }
        case 3:
            fprintf(output, "main %" PRIu64 "\n", now.low + now.high);
            break;
    }
}

static void write_profile(void) {
    FILE* file = fopen(profile_name, "w");
    for (size_t i = 0; file && i < PROFILE_SLOTS; i++) {
        if (profile[i].runs)
            fprintf(file, "%" PRIx64 " %" PRIu64 "\n", profile[i].address,
                    profile[i].runs * profile[i].instructions);
        profile[i].runs = 0;
    }
    if (file)
        fclose(file);
}

/* SIGURG comes to any thread of QEMU between two requests of the client: nothing else of this
 * plugin writes then. */
static void snap(int signal) {
    struct tally now = sum();
    (void)signal;
    snapped = 1;
    if (profile)
        write_profile();
    fprintf(output, "snap %" PRIu64 " %" PRIu64 "\n", now.low + now.high, now.high);
}

static struct block* slot_for(uint64_t address) {
    size_t i = (size_t)(address * 0x9e3779b97f4a7c15u >> 40) % PROFILE_SLOTS;
    for (size_t tries = 0; tries < PROFILE_SLOTS; tries++, i = (i + 1) % PROFILE_SLOTS)
        if (profile[i].address == 0 || profile[i].address == address)
            return &profile[i];
    return NULL;
}

static void translated(plugin_id id, struct qemu_plugin_tb* tb) {
    static const uint8_t nop[8] = {0x0f, 0x1f, 0x84, 0x00, 0, 0x4b, 0x52, 0x4d};
    size_t count = qemu_plugin_tb_n_insns(tb);
    uint64_t address = qemu_plugin_tb_vaddr(tb);

    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, address >> 63 ? high_block : low_block,
                                         CALLBACK_READS_NO_REGISTERS, (void*)count);
    if (profile) {
        struct block* b = slot_for(address);
        if (b) {
            b->address = address;
            b->instructions = count;
            qemu_plugin_register_vcpu_tb_exec_cb(tb, profiled, CALLBACK_READS_NO_REGISTERS, b);
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn* insn = qemu_plugin_tb_get_insn(tb, i);
        const uint8_t* bytes = qemu_plugin_insn_data(insn);
        if (qemu_plugin_insn_size(insn) == sizeof nop && memcmp(bytes, nop, 4) == 0 &&
            memcmp(bytes + 5, nop + 5, 3) == 0)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, at_mark, CALLBACK_READS_NO_REGISTERS,
                                                   (void*)(uintptr_t)bytes[4]);
    }
}

static void at_exit(plugin_id id, void* data) {
    struct tally all = sum();
    (void)id, (void)data;
    fprintf(output, "total %" PRIu64 "\n", all.low + all.high);
    fclose(output);
    if (profile && !snapped)
        write_profile();
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void* info,
                                                               int argc, char** argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0)
            output = fopen(argv[i] + 4, "w");
        if (strncmp(argv[i], "profile=", 8) == 0)
            profile_name = strdup(argv[i] + 8);
    }
    if (!output) {
        fprintf(stderr, "marks: out=FILE is missing or cannot be written\n");
        return 1;
    }
    setvbuf(output, NULL, _IOLBF, 0);
    if (profile_name)
        profile = calloc(PROFILE_SLOTS, sizeof *profile);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    signal(SIGURG, snap);
    return 0;
}
