// SPDX-License-Identifier: BSD-3-Clause
// The fields that tools look for are there, in the shapes that they parse.
#include "proc.h"

static void names(const char* path, const char* const* wanted) {
    for (; *wanted; ++wanted)
        if (value_of(path, *wanted) < 0)
            printf("%s: no %s\n", path, *wanted);
    printf("%s\n", path);
}
static int words(const char* line) {
    int count = 0;
    for (int inside = 0; *line && *line != '\n'; ++line)
        inside = *line != ' ' ? (count += !inside, 1) : 0;
    return count;
}

int main(void) {
    const char* const meminfo[] = {"MemTotal:",       "MemFree:",       "MemAvailable:",
                                   "Buffers:",        "Cached:",        "SwapCached:",
                                   "Active:",         "Inactive:",      "Active(anon):",
                                   "Inactive(anon):", "Active(file):",  "Inactive(file):",
                                   "SwapTotal:",      "SwapFree:",      "Dirty:",
                                   "Writeback:",      "AnonPages:",     "Mapped:",
                                   "Shmem:",          "KReclaimable:",  "Slab:",
                                   "SReclaimable:",   "SUnreclaim:",    "KernelStack:",
                                   "PageTables:",     "CommitLimit:",   "Committed_AS:",
                                   "VmallocTotal:",   "AnonHugePages:", "HugePages_Total:",
                                   "HugePages_Free:", "Hugepagesize:",  NULL};
    names("/proc/meminfo", meminfo);
    const char* const status[] = {"Umask:",
                                  "Tgid:",
                                  "Ngid:",
                                  "Pid:",
                                  "PPid:",
                                  "TracerPid:",
                                  "Uid:",
                                  "Gid:",
                                  "FDSize:",
                                  "Groups:",
                                  "NStgid:",
                                  "NSpid:",
                                  "NSpgid:",
                                  "NSsid:",
                                  "VmPeak:",
                                  "VmSize:",
                                  "VmLck:",
                                  "VmPin:",
                                  "VmHWM:",
                                  "VmRSS:",
                                  "RssAnon:",
                                  "RssFile:",
                                  "RssShmem:",
                                  "VmData:",
                                  "VmStk:",
                                  "VmExe:",
                                  "VmLib:",
                                  "VmPTE:",
                                  "VmSwap:",
                                  "HugetlbPages:",
                                  "CoreDumping:",
                                  "THP_enabled:",
                                  "Threads:",
                                  "SigQ:",
                                  "SigPnd:",
                                  "ShdPnd:",
                                  "SigBlk:",
                                  "SigIgn:",
                                  "SigCgt:",
                                  "CapInh:",
                                  "CapPrm:",
                                  "CapEff:",
                                  "CapBnd:",
                                  "CapAmb:",
                                  "NoNewPrivs:",
                                  "Seccomp:",
                                  "Seccomp_filters:",
                                  "Cpus_allowed:",
                                  "Cpus_allowed_list:",
                                  "Mems_allowed:",
                                  "Mems_allowed_list:",
                                  "voluntary_ctxt_switches:",
                                  "nonvoluntary_ctxt_switches:",
                                  NULL};
    names("/proc/self/status", status);
    const char* const smaps[] = {"Size:",
                                 "KernelPageSize:",
                                 "MMUPageSize:",
                                 "Rss:",
                                 "Pss:",
                                 "Pss_Dirty:",
                                 "Shared_Clean:",
                                 "Shared_Dirty:",
                                 "Private_Clean:",
                                 "Private_Dirty:",
                                 "Referenced:",
                                 "Anonymous:",
                                 "LazyFree:",
                                 "AnonHugePages:",
                                 "ShmemPmdMapped:",
                                 "FilePmdMapped:",
                                 "Shared_Hugetlb:",
                                 "Private_Hugetlb:",
                                 "Swap:",
                                 "SwapPss:",
                                 "Locked:",
                                 "THPeligible:",
                                 "VmFlags:",
                                 NULL};
    names("/proc/self/smaps", smaps);
    const char* const rollup[] = {"Rss:", "Pss:", "Private_Dirty:", "Swap:", "Locked:", NULL};
    names("/proc/self/smaps_rollup", rollup);
    const char* const counters[] = {"cpu ",     "cpu0 ",      "intr ",          "ctxt ",
                                    "btime ",   "processes ", "procs_running ", "procs_blocked ",
                                    "softirq ", NULL};
    names("/proc/stat", counters);
    const char* const vmstat[] = {
        "nr_free_pages ", "nr_anon_pages ", "nr_mapped ", "nr_file_pages ", "nr_dirty ",
        "nr_shmem ",      "pgpgin ",        "pgpgout ",   "pswpin ",        "pswpout ",
        "pgfault ",       "pgmajfault ",    NULL};
    names("/proc/vmstat", vmstat);
    const char* const limits[] = {"Max cpu time", "Max stack size", "Max open files",
                                  "Max realtime timeout", NULL};
    names("/proc/self/limits", limits);

    printf("stat of a process: %d fields\n", words(text_of("/proc/self/stat")));
    printf("statm: %d fields\n", words(text_of("/proc/self/statm")));
    printf("loadavg: %d fields\n", words(text_of("/proc/loadavg")));
    printf("uptime: %d fields\n", words(text_of("/proc/uptime")));
    printf("cpu: %d fields\n", words(text_of("/proc/stat")));
    printf("diskstats: %d fields\n", words(text_of("/proc/diskstats")) >= 18 ? 18 : 0);
    printf("%.27s", text_of("/proc/partitions"));
    printf("\n%.18s\n", text_of("/proc/devices"));
    printf("%.42s\n", text_of("/proc/cgroups"));
    printf("%.13s\n", text_of("/proc/swaps"));
    HOLDS(strstr(text_of("/proc/filesystems"), "nodev\tproc\n") != NULL);
    HOLDS(strstr(text_of("/proc/self/mounts"), " /proc proc rw") != NULL);
    HOLDS(strstr(text_of("/proc/self/mountinfo"), " - proc proc rw") != NULL);
    HOLDS(strstr(text_of("/proc/interrupts"), "LOC:") != NULL);
    HOLDS(strstr(text_of("/proc/softirqs"), "NET_RX:") != NULL);
    HOLDS(strncmp(text_of("/proc/version"), "Linux version ", 14) == 0);
    struct stat facts;
    SHOW(stat("/proc/self/", &facts));
    HOLDS(facts.st_uid == geteuid());
    return 0;
}
