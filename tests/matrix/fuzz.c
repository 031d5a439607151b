// SPDX-License-Identifier: BSD-3-Clause
// Random system calls from several threads, made from the description of the calls: for a guest
// only.
//     fuzz SECONDS SEED          runs rounds, each in a process of its own, and looks for leaks
//     fuzz --round SECONDS SEED  one round
// The kernel must survive, every round must end, and what it took must come back. Arguments are
// chosen so that a good part gets past the first check: descriptors that are open, memory that is
// there, names that exist.
#include <dirent.h>
#include <ftw.h>
#include <netinet/in.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../guest/report.h"
#include "calls.h"

enum { workers = 4, arena_pages = 64, page = 4096, descriptor_room = 32, round_seconds = 6 };

// --- What is never called, or only tamed

static const char* const never[] = {
    "exit",
    "exit_group",
    "fork",
    "vfork",
    "clone",
    "clone3",
    "rt_sigreturn",
    "restart_syscall",
    "reboot",
    "arch_prctl",
    "set_tid_address",
    "rseq",
    "brk",
    "close_range",
    "rt_sigaction",
    "setrlimit",
    "prlimit64",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setfsuid",
    "setfsgid",
    "setgroups",
    "capset",
    "chroot",
    "umount2",
    "mount",
    "pivot_root",
    "seccomp",
    "personality",
    "execve",
    "execveat",
    "kill",
    "prctl",
    "mlockall",
    "unshare",
    "modify_ldt",
    "rt_sigsuspend",  // may block the signal that shall end it
    "sched_setscheduler",
    "sched_setattr",
    "sched_setparam",
    "setpriority",
};

static bool is_never(const struct call* c) {
    for (size_t i = 0; i < sizeof never / sizeof never[0]; ++i)
        if (strcmp(never[i], c->name) == 0)
            return true;
    return false;
}

// --- Chance

struct worker {
    pthread_t thread;
    uint64_t chance;
    int descriptors[descriptor_room];
    char* arena;
    _Atomic int tid;
    long calls;
    const struct call* _Atomic now;
    long values[6];
};
static _Atomic bool over;

static uint64_t draw(struct worker* w) {  // xorshift64*
    w->chance ^= w->chance >> 12;
    w->chance ^= w->chance << 25;
    w->chance ^= w->chance >> 27;
    return w->chance * 0x2545f4914f6cdd1d;
}
static uint64_t below(struct worker* w, uint64_t n) {
    return (draw(w) >> 11) % n;
}
static bool one_in(struct worker* w, uint64_t n) {
    return below(w, n) == 0;
}

static long number(struct worker* w) {
    static const long edges[] = {0,
                                 1,
                                 2,
                                 7,
                                 8,
                                 16,
                                 -1,
                                 -2,
                                 4095,
                                 4096,
                                 65535,
                                 65536,
                                 0x7fffffff,
                                 1l << 31,
                                 1l << 32,
                                 1l << 47,
                                 (long)0x7fffffffffffffff,
                                 (long)(1ul << 63)};
    switch (below(w, 4)) {
        case 0:
            return edges[below(w, sizeof edges / sizeof edges[0])];
        case 1:
            return (long)below(w, 64);
        case 2:
            return (long)below(w, 10000);
        default:
            return one_in(w, 4) ? (long)draw(w) : (long)below(w, 256);
    }
}

// --- Descriptors

static int fresh_descriptor(struct worker* w) {
    static const char* const names[] = {
        "/proc/self/maps", "/proc/meminfo", "/dev/null",    "/dev/zero",
        "/proc/self/mem",  "/dev/urandom",  "/proc",        ".",
        "/sys/devices",    "/dev/shm",      "/proc/self/fd"};
    int ends[2] = {-1, -1};
    switch (below(w, 12)) {
        case 0:
        case 1:
            return open("a", O_RDWR | O_CREAT | O_NONBLOCK, 0644);
        case 2:
            return open("b", O_RDWR | O_CREAT | O_APPEND, 0644);
        case 3:
            if (pipe2(ends, O_NONBLOCK) == 0)
                close(ends[0]);
            return ends[1];
        case 4:
            if (pipe2(ends, 0) == 0)
                close(ends[1]);
            return ends[0];
        case 5:
            if (socketpair(AF_UNIX, one_in(w, 2) ? SOCK_STREAM : SOCK_DGRAM, 0, ends) == 0)
                close(ends[one_in(w, 2) ? 0 : 1]);
            return ends[0] >= 0 && fcntl(ends[0], F_GETFD) >= 0 ? ends[0] : ends[1];
        case 6:
            return socket(one_in(w, 2) ? AF_INET : AF_INET6,
                          one_in(w, 2) ? SOCK_STREAM : SOCK_DGRAM, 0);
        case 7:
            return epoll_create1(0);
        case 8:
            return eventfd((unsigned)below(w, 3), one_in(w, 2) ? EFD_NONBLOCK : EFD_SEMAPHORE);
        case 9:
            return (int)syscall(SYS_memfd_create, "m", 3);
        case 10:
            return (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
        default:
            return open(names[below(w, sizeof names / sizeof names[0])], O_RDONLY | O_NONBLOCK);
    }
}

/// Never 0, 1 or 2, which the report needs.
static void remember(struct worker* w, long fd) {
    if (fd < 3)
        return;
    int* place = &w->descriptors[below(w, descriptor_room)];
    if (*place > 2)
        close(*place);
    *place = (int)fd;
}

static long descriptor(struct worker* w) {
    if (one_in(w, 20))
        return (long)below(w, 400) + 3;
    if (one_in(w, 30))
        return -1 - (long)below(w, 2);
    int* place = &w->descriptors[below(w, descriptor_room)];
    if (*place < 3 || one_in(w, 8)) {
        if (*place > 2)
            close(*place);
        *place = fresh_descriptor(w);
    }
    return *place;
}

// --- Memory and names

static char* place(struct worker* w, size_t bytes) {
    const size_t all = (size_t)arena_pages * page;
    if (one_in(w, 8))
        return w->arena + all - (bytes < all ? bytes : all) + below(w, 3);  // at the end, or cut
    char* p = w->arena + below(w, all - 1024) / 8 * 8;
    return one_in(w, 10) ? p + below(w, 8) : p;
}

static long pointer(struct worker* w, size_t bytes, bool fill) {
    static const long bad[] = {0,
                               0,
                               16,
                               (long)0xffffffff80000000,
                               (long)0xffff888000000000,
                               (long)0x7ffffffff000,
                               (long)0x8000000000000000,
                               -1};
    if (one_in(w, 12))
        return bad[below(w, sizeof bad / sizeof bad[0])];
    char* p = place(w, bytes);
    if (!fill)
        return (long)p;
    // By the kernel, since the memory may have been unmapped: small numbers, descriptors, noise.
    long words[16];
    for (int i = 0; i < 16; ++i)
        words[i] = one_in(w, 3)   ? number(w)
                   : one_in(w, 3) ? (long)place(w, 64)
                                  : (long)below(w, 50);
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) == 0) {
        (void)write(ends[1], words, bytes < sizeof words ? bytes : sizeof words);
        (void)read(ends[0], p, bytes < sizeof words ? bytes : sizeof words);
        close(ends[0]);
        close(ends[1]);
    }
    return (long)p;
}

/// Times are short, so that calls return.
static long short_time(struct worker* w, size_t bytes) {
    struct timespec t[2] = {{0, (long)below(w, 2000000)}, {0, (long)below(w, 2000000)}};
    char* p = place(w, bytes);
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) == 0) {
        (void)write(ends[1], t, sizeof t);
        (void)read(ends[0], p, bytes < sizeof t ? bytes : sizeof t);
        close(ends[0]);
        close(ends[1]);
    }
    return (long)p;
}

static long name(struct worker* w) {
    static char longest[5000];
    static const char* const names[] = {"a",
                                        "b",
                                        "c",
                                        "d",
                                        "d/a",
                                        "d/b",
                                        "d/c/a",
                                        "./a",
                                        "../x/a",
                                        "l",
                                        "d/",
                                        ".",
                                        "..",
                                        "",
                                        "/proc/self/stat",
                                        "/proc/self/fd/5",
                                        "/proc/1/maps",
                                        "/dev/null",
                                        "/dev/tty",
                                        "/dev/shm/x",
                                        "/nothing",
                                        "a/b",
                                        "/proc/self/cwd/a",
                                        "user.x",
                                        "/sys/kernel"};
    if (!longest[0])
        memset(longest, 'n', sizeof longest - 1);
    if (one_in(w, 40))
        return (long)longest;
    if (one_in(w, 12))
        return pointer(w, 64, true);
    return (long)names[below(w, sizeof names / sizeof names[0])];
}

static long argument_for(struct worker* w, const struct call* c, int i, const long* v) {
    const struct argument* a = &c->arguments[i];
    switch (a->kind) {
        case DESCRIPTOR:
            return descriptor(w);
        case DIRECTORY:
            return one_in(w, 3) ? descriptor(w) : AT_FDCWD;
        case PATH:
        case TEXT:
            return name(w);
        case PROCESS:
            return one_in(w, 3) ? 0 : one_in(w, 2) ? getpid() : w->tid;
        case SIGNAL: {
            static const int harmless[] = {0, SIGUSR1, SIGURG, SIGCHLD, 65, -1};
            return harmless[below(w, 6)];
        }
        case MODE:
            return (long)below(w, 01000);
        case FLAGS:
            return one_in(w, 3) ? 0 : one_in(w, 10) ? (long)(uint32_t)draw(w) : 1l << below(w, 32);
        case CHOICE:
            return (long)below(w, one_in(w, 4) ? 4000 : 48);
        case SIZE:
        case NUMBER:
            return strstr(a->name, "milliseconds")   ? (long)below(w, 3)
                   : strcmp(a->name, "seconds") == 0 ? (long)below(w, 3)
                                                     : number(w);
        case ADDRESS:
            if (is_pointer(c, i) || one_in(w, 2))
                return pointer(w, 128, true);
            return (long)(w->arena + below(w, arena_pages) * page);
        case IN:
        case INOUT:
            if (a->null && one_in(w, 3))
                return 0;
            return a->size == 16 || a->size == 32 ? short_time(w, a->size)
                                                  : pointer(w, a->size, true);
        default:
            (void)v;
            return pointer(w, a->size ? a->size : 128, a->kind != OUT && a->kind != BYTES_OUT);
    }
}

/// Keeps calls that change what is mapped inside the worker's arena, and others from doing away
/// with what the program itself needs.
static void tame(struct worker* w, const struct call* c, long* v) {
    const size_t all = (size_t)arena_pages * page;
    if (strcmp(c->name, "munmap") == 0 || strcmp(c->name, "mprotect") == 0 ||
        strcmp(c->name, "pkey_mprotect") == 0 || strcmp(c->name, "madvise") == 0 ||
        strcmp(c->name, "mmap") == 0 || strcmp(c->name, "mremap") == 0 ||
        strcmp(c->name, "remap_file_pages") == 0 || strcmp(c->name, "mbind") == 0) {
        const size_t at = below(w, arena_pages);
        v[0] = (long)(w->arena + at * page);
        v[1] = (long)(below(w, arena_pages - at) * page + (one_in(w, 8) ? 1 : 0));
        if (strcmp(c->name, "mremap") == 0) {
            v[2] = (long)(below(w, arena_pages - at) * page);
            v[4] = (long)(w->arena + below(w, arena_pages / 2) * page);
            if ((size_t)(v[4] - (long)w->arena) + (size_t)v[2] > all)
                v[2] = page;
        }
    } else if (strncmp(c->name, "ppoll", 5) == 0 || strncmp(c->name, "epoll_pwait", 11) == 0 ||
               strcmp(c->name, "pselect6") == 0 || strcmp(c->name, "io_pgetevents") == 0) {
        // A mask might block the signal that shall end the call.
        for (int i = 0; i < c->count; ++i)
            if (strcmp(c->arguments[i].name, "mask") == 0)
                v[i] = 0;
    } else if (strcmp(c->name, "dup2") == 0 || strcmp(c->name, "dup3") == 0) {
        v[1] = (long)below(w, 400) + 3;
    } else if (strcmp(c->name, "shmat") == 0) {
        v[2] &= ~040000l;  // SHM_REMAP
    } else if (strcmp(c->name, "shmdt") == 0) {
        v[0] = (long)w->arena;
    } else if (strcmp(c->name, "alarm") == 0 || strcmp(c->name, "setitimer") == 0) {
        v[0] = 0;
    } else if (strcmp(c->name, "process_vm_writev") == 0) {
        v[0] = 0x7ffffff;
    } else if (strcmp(c->name, "fcntl") == 0 && v[1] >= 0 && v[1] < 16) {
        v[2] = (long)below(w, 400);
    }
}

static void one_call(struct worker* w) {
    const struct call* c = &calls[below(w, (uint64_t)call_count)];
    if (is_never(c))
        return;
    long v[6] = {0};
    for (int i = 0; i < c->count; ++i)
        v[i] = argument_for(w, c, i, v);
    for (int i = 0; i < c->count; ++i)
        if (c->arguments[i].kind == BYTES_IN || c->arguments[i].kind == BYTES_OUT)
            if (!one_in(w, 10))
                v[c->arguments[i].length] = (long)below(w, 9000);
    tame(w, c, v);
    memcpy(w->values, v, sizeof w->values);
    w->now = c;
    const long r = syscall(c->number, v[0], v[1], v[2], v[3], v[4], v[5]);
    w->now = NULL;
    ++w->calls;
    if (c->result == RESULT_FD)
        remember(w, r);
    if (c->result == RESULT_ADDRESS && r > 0 &&
        ((char*)r < w->arena || (char*)r >= w->arena + (size_t)arena_pages * page))
        munmap((void*)r, page);
    // Signals wake a thread that waits: none may stay blocked.
    const uint64_t none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
    if (one_in(w, 2000))
        (void)mmap(w->arena, (size_t)arena_pages * page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void nothing(int signal) {
    (void)signal;
}

static void* work(void* argument) {
    struct worker* w = argument;
    w->arena = mmap(NULL, (size_t)(arena_pages + 1) * page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(w->arena + (size_t)arena_pages * page, page);
    w->tid = (int)syscall(SYS_gettid);
    while (!over)
        one_call(w);
    return NULL;
}

static int round_of(int seconds, uint64_t seed) {
    static struct worker team[workers];
    struct sigaction act = {.sa_handler = nothing};
    for (int signal = 1; signal < 65; ++signal)
        if (signal != SIGKILL && signal != SIGSTOP && signal != SIGSEGV && signal != SIGBUS &&
            signal != SIGILL && signal != SIGFPE && signal != SIGABRT)
            sigaction(signal, &act, NULL);
    mkdir("d", 0755);
    mkdir("d/c", 0755);
    symlink("a", "l");
    for (int i = 0; i < workers; ++i) {
        team[i].chance = seed * 1000003 + (uint64_t)i * 7919 + 1;
        pthread_create(&team[i].thread, NULL, work, &team[i]);
    }
    const int64_t end = now_ns() + seconds * 1000000000LL;
    // Whoever waits is woken, again and again, until all have ended.
    for (int looks = 0; looks < 20 * seconds + 1200; ++looks) {
        sleep_ms(50);
        if (now_ns() > end)
            over = true;
        bool any = false;
        for (int i = 0; i < workers; ++i)
            if (team[i].tid && syscall(SYS_tgkill, getpid(), team[i].tid, SIGUSR1) == 0)
                any = true;
        if (over && !any)
            break;
    }
    long calls_made = 0;
    for (int i = 0; i < workers; ++i) {
        const struct call* stuck = team[i].now;
        if (!over || pthread_tryjoin_np(team[i].thread, NULL) != 0) {
            const long* v = team[i].values;
            printf("no signal ends %s(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx)\n",
                   stuck ? stuck->name : "a call of the fuzzer's own", v[0], v[1], v[2], v[3], v[4],
                   v[5]);
            fflush(stdout);
            _exit(3);
        }
        calls_made += team[i].calls;
    }
    printf("%ld calls\n", calls_made);
    fflush(stdout);
    _exit(0);
}

// --- Rounds

static int take_away(const char* path, const struct stat* s, int type, struct FTW* where) {
    (void)s, (void)type;
    if (where->level)
        remove(path);
    return 0;
}

static long available_kb(void) {
    char line[128];
    long kb = -1;
    FILE* file = fopen("/proc/meminfo", "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "MemAvailable: %ld", &kb);
    if (file)
        fclose(file);
    return kb;
}

/// What each thread of a process is doing, for a hang.
static void show_threads(pid_t pid) {
    static const char* const files[] = {"syscall", "wchan", "stat"};
    char name[300], text[300];
    snprintf(name, sizeof name, "/proc/%d/task", pid);
    DIR* tasks = opendir(name);
    for (struct dirent* e; tasks && (e = readdir(tasks));)
        for (int i = 0; i < 3 && e->d_name[0] != '.'; ++i) {
            snprintf(name, sizeof name, "/proc/%d/task/%.20s/%s", pid, e->d_name, files[i]);
            FILE* file = fopen(name, "r");
            if (file && fgets(text, sizeof text, file))
                printf("%s %s: %s\n", e->d_name, files[i], text);
            if (file)
                fclose(file);
        }
    if (tasks)
        closedir(tasks);
    fflush(stdout);
}

static void set_oom_score(const char* score) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    (void)write(fd, score, strlen(score));
    close(fd);
}

static int one_round(const char* self, int seconds, uint64_t seed, const char* folder) {
    extern char** environ;
    char text[2][32];
    snprintf(text[0], 32, "%d", seconds);
    snprintf(text[1], 32, "%lu", (unsigned long)seed);
    char* const words[] = {(char*)self, "--round", text[0], text[1], NULL};
    if (chdir(folder) != 0)
        return 99;
    pid_t pid;
    if (posix_spawn(&pid, self, NULL, NULL, words, environ) != 0)
        return 98;
    int status = 0;
    for (int looks = 0;; ++looks) {
        const pid_t ended = waitpid(pid, &status, WNOHANG | WUNTRACED);
        if (ended == pid && WIFSTOPPED(status))
            kill(pid, SIGCONT);  // by a timer's signal, say
        else if (ended != 0)
            break;
        sleep_ms(100);
        if (looks > 10 * (seconds + 120)) {
            show_threads(pid);
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            status = 3 << 8;
            break;
        }
    }
    if (chdir(folder) != 0)
        return 99;
    nftw(folder, take_away, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    remove("/nothing");
    // What belongs to no process goes by hand.
    for (int id = 0; id < 4096; ++id)
        syscall(SYS_shmctl, id, 0, NULL);
    for (int id = 0; id < 4096; ++id) {
        syscall(SYS_semctl, id, 0, 0);
        syscall(SYS_msgctl, id, 0, NULL);
    }
    nftw("/dev/shm", take_away, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    nftw("/dev/mqueue", take_away, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    return status;
}

int main(int argc, char** argv) {
    if (argc == 4 && strcmp(argv[1], "--round") == 0) {
        set_oom_score("1000");
        return round_of(atoi(argv[2]), strtoull(argv[3], NULL, 10));
    }
    if (argc != 3) {
        fprintf(stderr, "usage: fuzz SECONDS SEED\n");
        return 2;
    }
    char folder[4096];
    own_folder();
    if (!getcwd(folder, sizeof folder) || !strstr(folder, "guest-"))
        return 99;
    // Rounds may use all memory up; the one who counts them stays.
    set_oom_score("-1000");
    const int64_t end = now_ns() + atoi(argv[1]) * 1000000000LL;
    uint64_t seed = strtoull(argv[2], NULL, 10);
    long first_kb = -1, last_kb = -1;
    int rounds = 0, died = 0;
    for (; now_ns() < end; ++rounds, ++seed) {
        const int status = one_round(argv[0], round_seconds, seed, folder);
        if (WIFSIGNALED(status))
            ++died;  // it may well have destroyed itself: its memory is among the arguments
        else if (WEXITSTATUS(status) != 0) {
            printf("seed %lu: ended with %d\n", (unsigned long)seed, WEXITSTATUS(status));
            return 1;
        }
        last_kb = available_kb();
        if (rounds == 1)  // after caches have filled
            first_kb = last_kb;
    }
    printf("%d rounds, %d of which killed themselves; %ld kB available after two, %ld at the end\n",
           rounds, died, first_kb, last_kb);
    // Memory that a round does not give back shows in many rounds.
    if (rounds > 4 && first_kb - last_kb > 2048 + 256 * rounds) {
        printf("memory has leaked\n");
        return 1;
    }
    return 0;
}
