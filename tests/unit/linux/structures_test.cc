// SPDX-License-Identifier: BSD-3-Clause
// Structures that cross the system-call boundary against the host's own.
#include "host_facts.hh"

#include <gtest/gtest.h>
#include <cstring>
#include <linux/abi/structures.hh>
#include <map>
#include <string>

using namespace osprey;
using namespace osprey::abi;

#define SIZE(name) \
    { #name, sizeof(abi_##name) }
#define OFFSET(name, member) \
    { #name "." #member, __builtin_offsetof(abi_##name, member) }

TEST(structures_test, sizes_and_offsets_are_the_hosts) {
    const std::map<std::string, usize> ours{SIZE(stat),
                                            OFFSET(stat, mode),
                                            OFFSET(stat, size),
                                            OFFSET(stat, accessed),
                                            SIZE(statx),
                                            OFFSET(statx, mode),
                                            OFFSET(statx, accessed),
                                            SIZE(statfs),
                                            SIZE(open_how),
                                            SIZE(flock),
                                            SIZE(iovec),
                                            SIZE(pollfd),
                                            SIZE(epoll_event),
                                            SIZE(inotify_event),
                                            SIZE(signalfd_siginfo),
                                            OFFSET(signalfd_siginfo, pointer),
                                            SIZE(rusage),
                                            SIZE(rlimit),
                                            SIZE(clone_args),
                                            SIZE(sched_attr),
                                            SIZE(capability_header),
                                            SIZE(capability_data),
                                            SIZE(stack),
                                            SIZE(sigevent),
                                            {"siginfo", sizeof(signal_information)},
                                            SIZE(futex_waitv),
                                            SIZE(utsname),
                                            SIZE(sysinfo),
                                            OFFSET(sysinfo, memory_unit),
                                            SIZE(ipc_perm),
                                            SIZE(shmid),
                                            SIZE(shminfo),
                                            SIZE(shm_info),
                                            SIZE(timespec),
                                            SIZE(timeval),
                                            SIZE(timezone),
                                            SIZE(itimerspec),
                                            SIZE(itimerval),
                                            SIZE(utimbuf),
                                            SIZE(tms),
                                            {"dirent64.name", 19}};
    const auto theirs = host::structures();
    EXPECT_EQ(theirs.size(), ours.size());
    for (const auto& fact : theirs) {
        const auto found = ours.find(fact.name);
        ASSERT_NE(found, ours.end()) << fact.name;
        EXPECT_EQ(found->second, static_cast<usize>(fact.value)) << fact.name;
    }
}
