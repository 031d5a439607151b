// SPDX-License-Identifier: BSD-3-Clause
// Values with which each call gets far, and making the call.
#include "calls.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <utime.h>

#include "../guest/report.h"

#define ARGUMENT(kind, name, size, length, null) \
    { kind, name, size, length, null }
#define CALL(number, name, result, count, ...) {number, #name, result, count, {__VA_ARGS__}},
const struct call calls[] = {
#include "calls.inc"
};
const int call_count = sizeof calls / sizeof calls[0];

// --- What is left out

struct reason {
    const char *name, *why;
};
static const struct reason not_called[] = {
    {"exit", "ends the thread"},
    {"exit_group", "ends the program"},
    {"fork", "another process would go on with the table"},
    {"vfork", "likewise"},
    {"clone", "likewise"},
    {"clone3", "likewise"},
    {"rt_sigreturn", "needs a frame"},
    {"restart_syscall", "needs an interrupted call"},
    {"pause", "waits for ever"},
    {"rt_sigsuspend", "likewise"},
    {"reboot", "the machine"},
    {"sync", "the machine, and takes long"},
    {"syncfs", "likewise"},
    {"arch_prctl", "moves the thread's own data"},
    {"set_tid_address", "cannot fail"},
    {"rseq", "libc has registered it"},
    {"prctl", "options differ too much; programs of their own"},
    {"ioctl", "likewise"},
    {"personality", "changes the program"},
    {"setuid", "changes what the rest may do"},
    {"setgid", "likewise"},
    {"setreuid", "likewise"},
    {"setregid", "likewise"},
    {"setresuid", "likewise"},
    {"setresgid", "likewise"},
    {"setfsuid", "likewise"},
    {"setfsgid", "likewise"},
    {"setgroups", "likewise"},
    {"capset", "likewise"},
    {"setrlimit", "likewise"},
    {"setpriority", "other processes"},
    {"ioprio_set", "other processes"},
    {"sched_setscheduler", "makes the program slow"},
    {"kill", "other processes"},
    {"tkill", "likewise"},
    {"tgkill", "likewise"},
    {"rt_sigqueueinfo", "likewise"},
    {"rt_tgsigqueueinfo", "likewise"},
    {"mount", "the machine"},
    {"umount2", "the machine"},
    {"chroot", "the rest would see another tree"},
    {"sethostname", "the machine"},
    {"setdomainname", "the machine"},
    {"settimeofday", "the machine"},
    {"clock_settime", "the machine"},
    {"adjtimex", "the machine"},
    {"clock_adjtime", "the machine"},
    {"syslog", "the machine"},
    {"alarm", "used to interrupt calls that wait"},
    {"setitimer", "likewise"},
    {"getitimer", "likewise"},
    {"brk", "the C library's"},
    {"close_range", "would close what the program needs"},
    {"munmap", "would unmap what the program needs"},
    {"mremap", "likewise"},
    {"seccomp", "changes the program"},
    {"setsid", "once only"},
    {"unshare", "changes the program"},
    {"setns", "changes the program"},
    {"acct", "the machine"},
    {"swapon", "the machine"},
    {"swapoff", "the machine"},
    {"pivot_root", "the machine"},
    {"vhangup", "the machine"},
    {"ptrace", "other processes"},
    {"modify_ldt", "changes the program"},
    {"set_thread_area", "changes the program"},
    {"iopl", "the machine"},
    {"ioperm", "the machine"},
    {"init_module", "the machine"},
    {"delete_module", "the machine"},
    {"finit_module", "the machine"},
    {"kexec_load", "the machine"},
    {"kexec_file_load", "the machine"},
    {"quotactl_fd", "the machine"},
    {"fsopen", "the machine"},
    {"fsconfig", "the machine"},
    {"fsmount", "the machine"},
    {"fspick", "the machine"},
    {"move_mount", "the machine"},
    {"open_tree", "the machine"},
    {"mount_setattr", "the machine"},
    {"nfsservctl", "the machine"},
    {"sysfs", "the machine"},
    {"uselib", "the machine"},
    {"bpf", "the machine"},
    {"perf_event_open", "the machine"},
    {"lookup_dcookie", "the machine"},
    {"add_key", "the machine"},
    {"request_key", "the machine"},
    {"keyctl", "the machine"},
    {"landlock_restrict_self", "changes the program"},
    {"userfaultfd", "settings of the machine"},
    {"quotactl", "the machine"},
    {"ustat", "Linux looks for a device first"},
    {"getdents", "32-bit entries; tests/guest/files"},
};

bool left_out(const struct call* c) {
    for (size_t i = 0; i < sizeof not_called / sizeof not_called[0]; ++i)
        if (strcmp(not_called[i].name, c->name) == 0)
            return true;
    return false;
}

// --- Descriptors

enum what {
    a_file,
    a_folder,
    a_pipe,
    a_pipe_end,  // to write
    a_socket,
    a_listener,
    an_epoll,
    an_event,
    a_timer,
    a_watch,
    nothing_open,
    a_signal,
    a_path,
};
static int opened[64], opened_count;

static int keep(int fd) {
    if (fd >= 0 && opened_count < 64)
        opened[opened_count++] = fd;
    return fd;
}

static int make(enum what w) {
    int ends[2] = {-1, -1};
    switch (w) {
        case a_file:
            return keep(open("file", O_RDWR));
        case a_folder:
            return keep(open("folder", O_RDONLY | O_DIRECTORY));
        case a_pipe:
        case a_pipe_end:
            if (pipe2(ends, O_NONBLOCK) != 0)
                return -1;
            keep(ends[0]);
            keep(ends[1]);
            return ends[w == a_pipe_end];
        case a_socket:
            if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
                return -1;
            keep(ends[0]);
            return keep(ends[1]);
        case a_listener: {
            int fd = keep(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
            listen(fd, 1);
            return fd;
        }
        case an_epoll:
            return keep(epoll_create1(0));
        case an_event:
            return keep(eventfd(1, EFD_NONBLOCK));
        case a_timer:
            return keep(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
        case a_watch:
            return keep(inotify_init1(IN_NONBLOCK));
        case a_signal: {
            sigset_t none;
            sigemptyset(&none);
            return keep(signalfd(-1, &none, SFD_NONBLOCK));
        }
        case a_path:
            return keep(open("file", O_PATH));
        case nothing_open:
            break;
    }
    return 777;
}

static const struct {
    const char* name;
    enum what what;
} kinds[descriptor_kinds] = {
    {"file", a_file},     {"folder", a_folder},     {"pipe", a_pipe},      {"pipe end", a_pipe_end},
    {"socket", a_socket}, {"listener", a_listener}, {"epoll", an_epoll},   {"event", an_event},
    {"timer", a_timer},   {"closed", nothing_open}, {"signals", a_signal}, {"path", a_path},
};
const char* descriptor_kind(int which) {
    return kinds[which].name;
}
int descriptor_of_kind(int which) {
    return make(kinds[which].what);
}

// --- Memory

static char home[4096];  // the program's own folder

static char* area;     // two pages to work with, and one behind them that is not there
static char* scratch;  // two pages for calls that change what is mapped

static void* fresh(size_t bytes) {
    static size_t at;
    if (at + bytes > 8192)
        at = 0;
    void* place = area + at;
    memset(place, 0, bytes);
    at += (bytes + 63) & ~(size_t)63;
    return place;
}

/// Whatever these programs do, on this machine they must not do it outside their folder: all other
/// mounts become read-only, for this process alone. In a guest, which has no namespaces, not
/// needed.
static void confine(void) {
    struct {
        uint64_t set, clear, propagation, user_namespace;
    } read_only = {1, 0, 0, 0}, writable = {0, 1, 0, 0};  // MOUNT_ATTR_RDONLY
    if (unshare(CLONE_NEWNS) != 0)
        return;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount(home, home, NULL, MS_BIND, NULL) != 0 ||
        syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &read_only, sizeof read_only) !=
            0 ||
        syscall(SYS_mount_setattr, AT_FDCWD, home, 0, &writable, sizeof writable) != 0) {
        perror("confine");
        exit(99);
    }
}

void prepare(void) {
    own_folder();
    if (!getcwd(home, sizeof home) || !strstr(home, "guest-")) {
        perror("getcwd");
        exit(99);
    }
    confine();
    area = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(area + 8192, 4096);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
}

// --- Usual values

/// What the rules below do not give: by call ("" for all) and argument.
static const struct {
    const char *call, *argument;
    enum what what;
} descriptors[] = {
    {"", "epoll", an_epoll},
    {"getdents64", "fd", a_folder},
    {"fchdir", "fd", a_folder},
    {"timerfd_settime", "fd", a_timer},
    {"timerfd_gettime", "fd", a_timer},
    {"signalfd", "fd", a_signal},
    {"signalfd4", "fd", a_signal},
    {"tee", "from", a_pipe},
    {"tee", "to", a_pipe_end},
    {"vmsplice", "fd", a_pipe_end},
    {"splice", "to", a_pipe_end},
    {"sendfile", "to", a_pipe_end},
    {"epoll_ctl", "fd", a_pipe},
    {"inotify_add_watch", "fd", a_watch},
    {"inotify_rm_watch", "fd", a_watch},
    {"bind", "fd", a_socket},
    {"listen", "fd", a_socket},
    {"accept", "fd", a_listener},
    {"accept4", "fd", a_listener},
    {"connect", "fd", a_socket},
    {"getsockname", "fd", a_socket},
    {"getpeername", "fd", a_socket},
    {"sendto", "fd", a_socket},
    {"recvfrom", "fd", a_socket},
    {"setsockopt", "fd", a_socket},
    {"getsockopt", "fd", a_socket},
    {"shutdown", "fd", a_socket},
    {"sendmsg", "fd", a_socket},
    {"recvmsg", "fd", a_socket},
    {"sendmmsg", "fd", a_socket},
    {"recvmmsg", "fd", a_socket},
};

static const struct {
    const char *call, *argument;
    long value;
} numbers[] = {
    {"mmap", "bytes", 4096},
    {"mmap", "protection", PROT_READ},
    {"mmap", "how", MAP_PRIVATE},
    {"remap_file_pages", "bytes", 4096},
    {"dup2", "target", 900},
    {"dup3", "target", 900},
    {"getcwd", "size", 200},
    {"", "mask_size", 8},
    {"", "size", 16},
    {"", "length", 16},
    {"", "count", 1},
    {"", "room", 1},
    {"statx", "mask", 0x7ff},
    {"faccessat2", "how", 0},
    {"mkdir", "mode", 0755},
    {"mkdirat", "mode", 0755},
    {"mknod", "mode", S_IFIFO | 0644},
    {"mknodat", "mode", S_IFIFO | 0644},
    {"epoll_ctl", "operation", EPOLL_CTL_ADD},
    {"inotify_add_watch", "mask", IN_MODIFY},
    {"clock_nanosleep", "how", 0},
    {"setsockopt", "level", SOL_SOCKET},
    {"setsockopt", "option", SO_REUSEADDR},
    {"setsockopt", "length", 4},
    {"getsockopt", "level", SOL_SOCKET},
    {"getsockopt", "option", SO_TYPE},
    {"socket", "family", AF_UNIX},
    {"socket", "type", SOCK_STREAM},
    {"socketpair", "family", AF_UNIX},
    {"socketpair", "type", SOCK_STREAM},
    {"rt_sigaction", "signal", SIGUSR1},
    {"waitid", "how", 4},  // WEXITED
    {"wait4", "how", 1},   // WNOHANG: there are no children
    {"sched_setattr", "size", 48},
    {"sched_getattr", "size", 48},
    {"sched_setaffinity", "size", 128},
    {"sched_getaffinity", "size", 128},
    {"set_robust_list", "size", 24},
    {"openat2", "size", 24},
    {"shmget", "size", 4096},
    {"fallocate", "bytes", 16},
    {"shmat", "id", 0x7fffffff},
    {"shmctl", "id", 0x7fffffff},
    {"truncate", "size", 8},
    {"ftruncate", "size", 8},
    {"madvise", "bytes", 4096},
    {"mprotect", "bytes", 4096},
    {"mprotect", "protection", PROT_READ | PROT_WRITE},
    {"pkey_mprotect", "key", -1},
    {"pkey_mprotect", "bytes", 4096},
    {"pkey_mprotect", "protection", PROT_READ | PROT_WRITE},
    {"msync", "bytes", 4096},
    {"msync", "how", MS_SYNC},
    {"mincore", "bytes", 4096},
    {"mlock", "bytes", 4096},
    {"mlock2", "bytes", 4096},
    {"munlock", "bytes", 4096},
    {"mlockall", "how", 1},
    {"getrandom", "count", 16},
    {"process_madvise", "advice", 20},
};

/// Arguments of kind ADDRESS behind which there is memory to read or write.
static const struct {
    const char *call, *argument;
    size_t size;
    bool written;
} addresses[] = {
    {"poll", "entries", 8, true},
    {"ppoll", "entries", 8, true},
    {"select", "readable", 8, true},
    {"select", "writable", 8, true},
    {"select", "exceptional", 8, true},
    {"pselect6", "readable", 8, true},
    {"pselect6", "writable", 8, true},
    {"pselect6", "exceptional", 8, true},
    {"epoll_wait", "events", 12, true},
    {"epoll_pwait", "events", 12, true},
    {"epoll_pwait2", "events", 12, true},
    {"mincore", "vector", 1, true},
    {"utimes", "times", 32, false},
    {"futimesat", "times", 32, false},
    {"utimensat", "times", 32, false},
    {"openat2", "how", 24, false},
    {"sched_setaffinity", "mask", 128, false},
    {"sched_getaffinity", "mask", 8, true},
    {"sched_setattr", "attributes", 48, false},
    {"sched_getattr", "attributes", 48, true},
    {"getgroups", "groups", 4, true},
    {"capget", "data", 24, true},
    {"accept", "length", 4, true},
    {"accept4", "length", 4, true},
    {"getsockname", "length", 4, true},
    {"getpeername", "length", 4, true},
    {"recvfrom", "length", 4, true},
    {"getsockopt", "value", 4, true},
    {"sendmmsg", "messages", 64, true},
    {"recvmmsg", "messages", 64, true},
    {"execve", "arguments", 8, false},
    {"execve", "environment", 8, false},
    {"execveat", "arguments", 8, false},
    {"execveat", "environment", 8, false},
    {"futex", "word", 4, false},
};

static const struct call* of;
static int index_of_address(const struct call* c, int i) {
    for (size_t k = 0; k < sizeof addresses / sizeof addresses[0]; ++k)
        if (strcmp(addresses[k].call, c->name) == 0 &&
            strcmp(addresses[k].argument, c->arguments[i].name) == 0)
            return (int)k;
    return -1;
}

bool is_pointer(const struct call* c, int i) {
    const enum kind k = c->arguments[i].kind;
    return k == PATH || k == TEXT || k >= IN || (k == ADDRESS && index_of_address(c, i) >= 0);
}

bool is_written(const struct call* c, int i) {
    const enum kind k = c->arguments[i].kind;
    if (k == ADDRESS)
        return addresses[index_of_address(c, i)].written;
    return k == OUT || k == INOUT || k == BYTES_OUT || k == NAME_OUT;
}

size_t size_behind(const struct call* c, int i, const long* values) {
    const struct argument* a = &c->arguments[i];
    switch (a->kind) {
        case ADDRESS:
            return addresses[index_of_address(c, i)].size;
        case BYTES_IN:
        case BYTES_OUT:
            return (size_t)values[a->length];
        case VECTOR_IN:
        case VECTOR_OUT:
            return sizeof(struct iovec);
        case MESSAGE_IN:
        case MESSAGE_OUT:
            return sizeof(struct msghdr);
        case NAME_IN:
        case NAME_OUT:
            return 16;
        default:
            return a->size;
    }
}

static long usual_number(const struct argument* a, long otherwise) {
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; ++k)
        if (strcmp(numbers[k].call, of->name) == 0 && strcmp(numbers[k].argument, a->name) == 0)
            return numbers[k].value;
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; ++k)
        if (!*numbers[k].call && strcmp(numbers[k].argument, a->name) == 0)
            return numbers[k].value;
    return otherwise;
}

static int usual_descriptor(const struct argument* a) {
    for (size_t k = 0; k < sizeof descriptors / sizeof descriptors[0]; ++k)
        if ((!*descriptors[k].call || strcmp(descriptors[k].call, of->name) == 0) &&
            strcmp(descriptors[k].argument, a->name) == 0)
            return make(descriptors[k].what);
    return make(a_file);
}

static long usual_path(const struct argument* a) {
    static const char* const fresh_names[] = {"mkdir", "mkdirat", "mknod", "mknodat", "creat"};
    for (size_t k = 0; k < sizeof fresh_names / sizeof fresh_names[0]; ++k)
        if (strcmp(of->name, fresh_names[k]) == 0)
            return (long)"new";
    if (strcmp(of->name, "rmdir") == 0 || strcmp(of->name, "chdir") == 0)
        return (long)"folder";
    if (strncmp(of->name, "readlink", 8) == 0)
        return (long)"symlink";
    const bool names_new = strstr(of->name, "link") || strstr(of->name, "rename");
    if (names_new && (strcmp(a->name, "to") == 0 || strstr(of->name, "symlink")))
        return (long)"new";
    if (strncmp(of->name, "exec", 4) == 0)
        return (long)"/nonexistent";
    return (long)"file";
}

static int take_away(const char* path, const struct stat* s, int type, struct FTW* place) {
    (void)s, (void)type;
    if (place->level)
        remove(path);
    return 0;
}

void usual_arguments(const struct call* c, long* v) {
    while (opened_count)
        close(opened[--opened_count]);
    if (chdir(home) != 0) {
        perror(home);
        exit(99);
    }
    nftw(home, take_away, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    write_file("file", "0123456789abcdef");
    mkdir("folder", 0755);
    symlink("file", "symlink");
    // With nothing behind it, so that ranges that are too long end there.
    const int how = MAP_PRIVATE | MAP_ANONYMOUS | (scratch ? MAP_FIXED : 0);
    scratch = mmap(scratch, 12288, PROT_READ | PROT_WRITE, how, -1, 0);
    munmap(scratch + 8192, 4096);
    of = c;
    memset(v, 0, 6 * sizeof *v);
    for (int i = 0; i < c->count; ++i) {
        const struct argument* a = &c->arguments[i];
        switch (a->kind) {
            case DESCRIPTOR:
                v[i] = usual_descriptor(a);
                break;
            case DIRECTORY:
                v[i] = AT_FDCWD;
                break;
            case PATH:
                v[i] = usual_path(a);
                break;
            case TEXT:
                v[i] = (long)"user.test";
                break;
            case VECTOR_IN:
            case VECTOR_OUT: {
                struct iovec* vector = fresh(sizeof *vector);
                *vector = (struct iovec){fresh(16), 16};
                v[i] = (long)vector;
                break;
            }
            case MESSAGE_IN:
            case MESSAGE_OUT: {
                struct msghdr* m = fresh(sizeof *m);
                m->msg_iov = fresh(sizeof(struct iovec));
                *m->msg_iov = (struct iovec){fresh(16), 16};
                m->msg_iovlen = 1;
                v[i] = (long)m;
                break;
            }
            case NAME_IN: {
                struct sockaddr_un* name = fresh(sizeof *name);
                name->sun_family = AF_UNIX;
                strcpy(name->sun_path, "absent");
                v[i] = (long)name;
                break;
            }
            case ADDRESS:
                if (index_of_address(c, i) >= 0) {
                    v[i] = (long)fresh(128);
                    if (strcmp(a->name, "length") == 0)
                        *(int*)v[i] = 16;
                    if (strstr(a->name, "ent") || strcmp(a->name, "arguments") == 0)
                        *(int*)v[i] = strstr(c->name, "poll") ? -1 : 0;
                } else if (strcmp(a->name, "start") == 0 || strcmp(a->name, "hint") == 0) {
                    v[i] = (long)scratch;
                }
                break;
            case PROCESS:
                v[i] = strncmp(c->name, "wait", 4) == 0 ? -1 : 0;
                break;
            case SIGNAL:
                v[i] = usual_number(a, SIGUSR2);
                break;
            case FLAGS:
            case CHOICE:
            case NUMBER:
            case SIZE:
            case MODE:
                v[i] = usual_number(a, 0);
                break;
            default:
                if (!a->null)
                    v[i] = (long)fresh(a->size > 256 ? a->size : 256);
        }
    }
    // Where a length follows, 16 bytes.
    for (int i = 0; i < c->count; ++i) {
        const enum kind k = c->arguments[i].kind;
        if (k == BYTES_IN || k == BYTES_OUT || k == NAME_IN)
            if (v[c->arguments[i].length] == 0 || v[c->arguments[i].length] == 1)
                v[c->arguments[i].length] = 16;
    }
}

// --- Making the call

/// What would outlive the program, or change the calls after this one.
static void clean_up(const struct call* c, const long* v, long r) {
    if (r < 0)
        return;
    if (strcmp(c->name, "shmget") == 0)
        shmctl((int)r, IPC_RMID, NULL);
    else if (strcmp(c->name, "semget") == 0)
        syscall(SYS_semctl, r, 0, IPC_RMID);
    else if (strcmp(c->name, "msgget") == 0)
        syscall(SYS_msgctl, r, IPC_RMID, NULL);
    else if (strcmp(c->name, "mq_open") == 0)
        syscall(SYS_mq_unlink, v[0]);
    else if (strcmp(c->name, "mlockall") == 0)
        munlockall();
}

/// Where a guest is not this Linux, and why. The call is made all the same.
static const struct {
    const char *call, *what, *why;
} known[] = {
    {"lseek", "largest 64-bit offset", "the largest file depends on the filesystem"},
    {"truncate", "largest 64-bit size", "the largest file depends on the filesystem"},
    {"ftruncate", "largest 64-bit size", "the largest file depends on the filesystem"},
    {"fallocate", "largest", "the largest file depends on the filesystem"},
    {"fallocate", "bit 3 of mode", "tmpfs neither collapses ranges"},
    {"fallocate", "bit 5 of mode", "tmpfs neither inserts ranges"},
    {"renameat2", "bit 2 of how", "no whiteouts: that is for layers below, which are read-only"},
    {"write", "event for fd", "since Linux 6.13 exactly 8 bytes, before at least 8"},
    {"writev", "event for fd", "likewise"},
    {"mmap", "listener for fd", "Linux maps received data of TCP (zero copy)"},
    {"clock_gettime", "8 for clock", "Linux has alarm clocks when the RTC can wake the machine"},
    {"clock_gettime", "9 for clock", "likewise"},
    {"clock_getres", "8 for clock", "likewise"},
    {"clock_getres", "9 for clock", "likewise"},
    {"clock_nanosleep", "8 for clock", "likewise"},
    {"clock_nanosleep", "9 for clock", "likewise"},
    {"timer_create", "8 for clock", "likewise"},
    {"timer_create", "9 for clock", "likewise"},
    {"timerfd_create", "8 for clock", "likewise"},
    {"timerfd_create", "9 for clock", "likewise"},
    {"sched_get_priority_max", "7 for policy", "SCHED_EXT came with Linux 6.12"},
    {"sched_get_priority_min", "7 for policy", "SCHED_EXT came with Linux 6.12"},
    {"sched_setaffinity", "cut short mask", "how much is read depends on the number of CPUs"},
    {"memfd_create", "bit 2 of how", "there are no reserved huge pages"},
    {"memfd_create", "bit 3 of how", "MFD_NOEXEC_SEAL came with Linux 6.3"},
    {"memfd_create", "bit 4 of how", "MFD_EXEC came with Linux 6.3"},
    {"execveat", "bit 16 of how", "AT_EXECVE_CHECK came with Linux 6.14"},
    {"preadv2", "bit 5 of how", "RWF_NOAPPEND came with Linux 6.9"},
    {"preadv2", "bit 7 of how", "RWF_DONTCACHE came with Linux 6.14"},
    {"preadv2", "bit 8 of how", "RWF_NOSIGNAL came with Linux 6.18"},
    {"pwritev2", "bit 5 of how", "likewise"},
    {"pwritev2", "bit 7 of how", "likewise"},
    {"pwritev2", "bit 8 of how", "likewise"},
    {"pipe2", "bit 7 of how", "whether there are notification pipes is a setting of the kernel"},
    {"fchmod", "pipe for fd", "pipes and sockets have no inode whose mode could change"},
    {"fchmod", "pipe end for fd", "likewise"},
    {"fchmod", "socket for fd", "likewise"},
    {"fchmod", "listener for fd", "likewise"},
    {"fchown", "pipe for fd", "likewise"},
    {"fchown", "pipe end for fd", "likewise"},
    {"fchown", "socket for fd", "likewise"},
    {"fchown", "listener for fd", "likewise"},
    {"fcntl", "17 for command", "F_GETOWNER_UIDS is there with CONFIG_CHECKPOINT_RESTORE"},
    {"io_uring_register", "2", "operations that came after Linux 6.1"},
    {"io_uring_register", "3", "operations that came after Linux 6.1"},
    {"io_uring_register", "-1 for ring", "operations that came after Linux 6.1"},
    {"io_uring_enter", "bit 5 of how", "flags that came after Linux 6.1"},
    {"io_uring_enter", "bit 6 of how", "flags that came after Linux 6.1"},
    {"io_uring_enter", "bit 7 of how", "flags that came after Linux 6.1"},
    {"io_setup", "least count", "Linux looks at the limit of the machine first"},
    {"vmsplice", "pipe for fd", "Linux waits in a pipe that shall not wait"},
    {"madvise", "12 for advice", "merging pages is a setting of the kernel"},
    {"madvise", "13 for advice", "merging pages is a setting of the kernel"},
    {"setsockopt", "34 for option", "SO_PASSSEC: there is no security module"},
    {"getsockopt", "26 for option", "SO_GET_FILTER: filters cannot be read back"},
    {"copy_file_range", "read-only to_offset", "the largest file depends on the filesystem"},
    {"mbind", "2 for mode", "which nodes there are"},
    {"mbind", "3 for mode", "which nodes there are"},
    {"mbind", "5 for mode", "which nodes there are"},
    {"mbind", "6 for mode", "which nodes there are"},
    // Not implemented (kernel/linux/exceptions.def)
    {"futex", "6 for operation", "FUTEX_LOCK_PI"},
    {"futex", "7 for operation", "FUTEX_UNLOCK_PI"},
    {"futex", "8 for operation", "FUTEX_TRYLOCK_PI"},
    {"futex", "11 for operation", "FUTEX_WAIT_REQUEUE_PI"},
    {"futex", "12 for operation", "FUTEX_CMP_REQUEUE_PI"},
    {"futex", "13 for operation", "FUTEX_LOCK_PI2"},
    {"timer_create", "3 for clock", "timers on the CPU time of one thread"},
    {"timer_create", "-1 for clock", "timers on the CPU time of one thread"},
    {"pipe2", "bit 14 of how", "O_DIRECT: packets"},
    {"preadv2", "bit 3 of how", "RWF_NOWAIT on files with a page cache"},
    {"shmget", "largest 64-bit size", "which limit is met first"},
    {"shmget", "all how", "there are no reserved huge pages"},
    {"flistxattr", "socket for fd", "system.sockprotoname is not kept"},
    {"flistxattr", "listener for fd", "system.sockprotoname is not kept"},
};

static bool is_known(const struct call* c, const char* what) {
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        if (strcmp(known[i].call, c->name) == 0 &&
            strncmp(known[i].what, what, strlen(known[i].what)) == 0)
            return true;
    return false;
}

static void ring(int signal) {
    (void)signal;
}

void show_call(const struct call* c, const long* v, const char* what) {
    // Without SA_RESTART: what waits ends with EINTR. The second ring is for one that came too
    // early.
    const struct sigaction act = {.sa_handler = ring};
    sigaction(SIGALRM, &act, NULL);
    const struct itimerval soon = {{0, 300000}, {0, 300000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &soon, NULL);
    errno = 0;
    const long r = syscall(c->number, v[0], v[1], v[2], v[3], v[4], v[5]);
    const int error = errno;
    setitimer(ITIMER_REAL, &never, NULL);
    printf("%s(%s): ", c->name, what);
    if (is_known(c, what))
        printf("differs\n");
    else if (r == -1 && error)
        printf("%s\n", error == EINTR ? "waits" : strerrorname_np(error));
    else if (c->result == RESULT_BYTES && strcmp(c->name, "getcwd") != 0)
        printf("%ld\n", r);
    else
        printf("works\n");
    clean_up(c, v, r);
    if (c->result == RESULT_FD && r > 2)
        close((int)r);
    if (c->result == RESULT_ADDRESS && r > 0 && r != (long)scratch)
        munmap((void*)r, 4096);
}

void show_with(const struct call* c, int argument, const char* kind, long value) {
    long values[6];
    char what[96];
    usual_arguments(c, values);
    values[argument] = value;
    snprintf(what, sizeof what, "%s %s", kind, c->arguments[argument].name);
    show_call(c, values, what);
}
