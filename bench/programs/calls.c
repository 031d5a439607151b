/* SPDX-License-Identifier: BSD-3-Clause
 * Single system calls, the vDSO clock, threads and locks. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "measure.h"

static int zero, null, file;
static char byte, block[4096];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define LOOP(name, statement)  \
    static void name(long n) { \
        while (n-- > 0) {      \
            statement;         \
        }                      \
    }

static struct timespec now;
static struct stat facts;

LOOP(getppid_call, syscall(SYS_getppid))
LOOP(read_zero, CHECK(read(zero, &byte, 1) == 1))
LOOP(write_null, CHECK(write(null, &byte, 1) == 1))
LOOP(clock_vdso, clock_gettime(CLOCK_MONOTONIC, &now))
LOOP(stat_call, CHECK(stat("/dev/null", &facts) == 0))
LOOP(open_close, close(open("/dev/null", O_RDWR)))
LOOP(create_unlink, close(open("/tmp/bench.new", O_CREAT | O_RDWR, 0600)); unlink("/tmp/bench.new"))
LOOP(read_block, CHECK(pread(file, block, sizeof block, n % 64 * 4096) == 4096))
LOOP(write_block, CHECK(pwrite(file, block, sizeof block, n % 64 * 4096) == 4096))
LOOP(lock_unlock, pthread_mutex_lock(&lock); pthread_mutex_unlock(&lock))

static void* nothing(void* argument) {
    return argument;
}
LOOP(create_join, pthread_join(start(nothing, NULL), NULL))

int main(void) {
    stay_on(0);
    zero = open("/dev/zero", O_RDONLY);
    null = open("/dev/null", O_WRONLY);
    file = open("/tmp/bench.file", O_CREAT | O_RDWR, 0600);
    CHECK(zero >= 0 && null >= 0 && file >= 0);
    for (int i = 0; i < 64; i++)
        CHECK(write(file, block, sizeof block) == sizeof block);
    measure("sys_getppid", 100000, getppid_call);
    measure("sys_read_zero_1", 50000, read_zero);
    measure("sys_write_null_1", 50000, write_null);
    measure("clock_gettime_vdso", 200000, clock_vdso);
    measure("sys_stat", 20000, stat_call);
    measure("sys_open_close", 20000, open_close);
    measure("file_create_unlink", 2000, create_unlink);
    measure("file_pread_4k", 10000, read_block);
    measure("file_pwrite_4k", 10000, write_block);
    measure("thread_create_join", 1000, create_join);
    measure("mutex_uncontended", 200000, lock_unlock);
    return 0;
}
