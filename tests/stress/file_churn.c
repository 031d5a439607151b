/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Threads create, fill, rename, read back, link and delete files in one shared directory and in
 * folders of their own, while others list it: contents and names stay right, and nothing is left.
 * Second argument: the folder (default /tmp).
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "stress.h"

enum { THREADS = 6, BYTES = 9000 };
static char folder[200];
static atomic_ulong files;

static void fill(unsigned char* data, uint32_t seed) {
    for (int i = 0; i < BYTES; i++)
        data[i] = (unsigned char)(next_random(&seed) >> 11);
}

static void one_round(int me, uint32_t seed) {
    char first[256], second[256], third[256];
    unsigned char out[BYTES], in[BYTES];
    struct stat facts;

    snprintf(first, sizeof first, "%s/a-%d-%u", folder, me, seed % 16);
    snprintf(second, sizeof second, "%s/b-%d-%u", folder, me, seed % 16);
    snprintf(third, sizeof third, "%s/c-%d", folder, me);
    fill(out, seed | 1);
    int fd = open(first, O_CREAT | O_EXCL | O_RDWR, 0640);
    REQUIRE(fd >= 0);
    REQUIRE(pwrite(fd, out + BYTES / 2, BYTES - BYTES / 2, BYTES / 2) == BYTES - BYTES / 2);
    REQUIRE(pwrite(fd, out, BYTES / 2, 0) == BYTES / 2);
    REQUIRE(open(first, O_CREAT | O_EXCL | O_RDWR, 0640) == -1 && errno == EEXIST);
    REQUIRE(rename(first, second) == 0);
    REQUIRE(access(first, F_OK) == -1 && errno == ENOENT);
    REQUIRE(link(second, third) == 0);
    REQUIRE(stat(third, &facts) == 0 && facts.st_size == BYTES && facts.st_nlink == 2);
    REQUIRE(unlink(second) == 0);
    REQUIRE(read(fd, in, BYTES) == BYTES && memcmp(in, out, BYTES) == 0);
    REQUIRE(close(fd) == 0);
    fd = open(third, O_RDONLY);
    REQUIRE(fd >= 0 && unlink(third) == 0);
    REQUIRE(read(fd, in, BYTES) == BYTES && memcmp(in, out, BYTES) == 0);
    REQUIRE(fstat(fd, &facts) == 0 && facts.st_nlink == 0);
    REQUIRE(close(fd) == 0);
    REQUIRE(mkdir(first, 0755) == 0 && mkdir(first, 0755) == -1 && errno == EEXIST);
    REQUIRE(rmdir(first) == 0);
    atomic_fetch_add(&files, 1);
}

static void list(void) {
    DIR* directory = opendir(folder);
    REQUIRE(directory);
    for (struct dirent* entry; (entry = readdir(directory));)
        REQUIRE(entry->d_name[0] == '.' || entry->d_name[1] == '-');
    closedir(directory);
}

static void* worker(void* argument) {
    int me = (int)(intptr_t)argument;
    uint32_t random = (uint32_t)me * 7907;
    while (running()) {
        if (me == THREADS)
            list();
        else
            one_round(me, next_random(&random));
    }
    return NULL;
}

static bool enough(void) {
    return atomic_load(&files) > 20;
}

int main(int argc, char** argv) {
    snprintf(folder, sizeof folder, "%s/file_churn.%d", argc > 2 ? argv[2] : "/tmp", (int)getpid());
    REQUIRE(mkdir(folder, 0700) == 0);
    run_threads(argc, argv, THREADS, worker, enough);
    REQUIRE(rmdir(folder) == 0); /* fails if anything is left */
    return finish("file_churn");
}
