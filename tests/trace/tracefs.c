// SPDX-License-Identifier: BSD-3-Clause
// usage: tracefs CASE
//
// Looks at the guest's own tracepoints through /sys/kernel/tracing. Says what failed and exits
// with 1, or with 0.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    printf("\n");
    exit(1);
}

static int open_file(const char* name, int flags) {
    char path[256];
    snprintf(path, sizeof path, "/sys/kernel/tracing/%s", name);
    int fd = open(path, flags);
    if (fd < 0)
        fail("open %s: %s", path, strerror(errno));
    return fd;
}

static void put(const char* name, const char* text) {
    int fd = open_file(name, O_WRONLY);
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        fail("write '%s' to %s: %s", text, name, strerror(errno));
    close(fd);
}

/// The whole file, to be freed.
static char* get(const char* name) {
    int fd = open_file(name, O_RDONLY);
    size_t size = 0, room = 1 << 16;
    char* text = malloc(room + 1);
    for (ssize_t got; (got = read(fd, text + size, room - size)) != 0;) {
        if (got < 0)
            fail("read %s: %s", name, strerror(errno));
        size += got;
        if (size == room)
            text = realloc(text, (room *= 2) + 1);
    }
    close(fd);
    text[size] = 0;
    return text;
}

static unsigned occurrences(const char* text, const char* of) {
    unsigned count = 0;
    for (; (text = strstr(text, of)); ++text)
        ++count;
    return count;
}

static void expect(const char* name, const char* part) {
    char* text = get(name);
    if (!strstr(text, part))
        fail("%s has no '%s':\n%.2000s", name, part, text);
    free(text);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void list(void) {
    char* names = get("available_events");
    unsigned count = occurrences(names, "\n");
    if (count <= 300)
        fail("%u events only", count);
    const char* wanted[] = {
        "sched:sched_switch\n",    "sched:sched_wakeup\n",      "sched:sched_migrate_task\n",
        "irq:irq_handler_entry\n", "lock:mutex_lock_wait\n",    "memory:memory_page_alloc\n",
        "vfs:vfs_open\n",          "net:net_packet_in\n",       "tcp:tcp_state\n",
        "virtio:virtio_add_buf\n", "syscalls:syscall_openat\n", "sampler:sampler_tick\n"};
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; ++i)
        if (!strstr(names, wanted[i]))
            fail("no event %s", wanted[i]);
    // Every event has its folder, a format with its name, and a name that no other has
    for (char* line = strtok(names, "\n"); line; line = strtok(NULL, "\n")) {
        char path[200], expected[120], *colon = strchr(line, ':');
        *colon = 0;
        snprintf(path, sizeof path, "events/%s/%s/format", line, colon + 1);
        snprintf(expected, sizeof expected, "name: %s\nID: ", colon + 1);
        expect(path, expected);
        expect(path, "\nprint fmt: \"");
    }
    expect("events/header_page", "field: char data;\toffset:16;\tsize:4080;");
    printf("%u events\n", count);
}

static void counts(void) {
    const char* file = "events/syscalls/syscall_getppid/count";
    expect(file, "off\n");
    put(file, "1");
    for (int i = 0; i < 1000; ++i)
        syscall(SYS_getppid);
    expect(file, "1000\n");
    expect("counts", "syscall_getppid 1000\n");
    put(file, "1");
    expect(file, "0\n");
    put(file, "0");
    expect(file, "off\n");

    // One with a site in the code: a call of pipe(2) makes one pipe
    const char* site = "events/pipe/pipe_create/count";
    put(site, "1");
    for (int i = 0; i < 50; ++i) {
        int ends[2];
        if (pipe(ends))
            fail("pipe: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
    }
    expect(site, "50\n");
    close(open_file("counts", O_WRONLY | O_TRUNC));
    expect(site, "off\n");
    char* nothing = get("counts");
    if (*nothing)
        fail("counts still has %s", nothing);
    free(nothing);
}

static void records(void) {
    put("events/syscalls/syscall_getppid/enable", "1");
    put("events/pipe/pipe_create/enable", "1");
    put("events/pipe/pipe_create/trigger", "stacktrace");
    int ends[2];
    if (pipe(ends))
        fail("pipe: %s", strerror(errno));
    for (int i = 0; i < 1000; ++i)
        syscall(SYS_getppid);
    put("events/enable", "0");
    put("trace_marker", "hello tracefs");
    char* text = get("trace");
    if (occurrences(text, "syscall_getppid: nr=110 ret=0\n") != 1000)
        fail("%u records of getppid", occurrences(text, "syscall_getppid: nr=110 ret=0\n"));
    if (occurrences(text, "pipe_create: flags=0x0\n") != 1)
        fail("no record of the pipe");
    const char* stack = strstr(text, "<stack trace>\n => ");
    if (!stack || !strstr(stack, "make_pipe") || !strstr(stack, "calls::pipe"))
        fail("no symbolised stack: %.600s", stack ? stack : text);
    if (!strstr(text, "tracing_mark_write: hello tracefs\n"))
        fail("no marker");
    expect("saved_cmdlines", "tracefs\n");
    free(text);

    // A pipe takes records away; `trace` does not
    int fd = open_file("trace_pipe", O_RDONLY | O_NONBLOCK);
    static char part[1 << 20];
    unsigned found = 0;
    for (ssize_t got; (got = read(fd, part, sizeof part - 1)) > 0;) {
        part[got] = 0;
        found += occurrences(part, "syscall_getppid");
    }
    if (found != 1000 || errno != EAGAIN)
        fail("trace_pipe had %u records", found);
    close(fd);
    text = get("trace");
    if (strstr(text, "syscall_getppid"))
        fail("trace_pipe took nothing away");
    free(text);
}

static void* switch_events(void* stop) {
    for (unsigned i = 0; !__atomic_load_n((int*)stop, __ATOMIC_RELAXED); ++i) {
        put(i % 2 ? "events/sched/enable" : "events/enable", i / 2 % 2 ? "0" : "1");
        put("events/lock/mutex_lock/count", i % 3 ? "1" : "0");
    }
    return NULL;
}

static void* read_events(void* stop) {
    static char page[4096];
    char name[64];
    while (!__atomic_load_n((int*)stop, __ATOMIC_RELAXED))
        for (int cpu = 0; cpu < 4; ++cpu) {
            snprintf(name, sizeof name, "per_cpu/cpu%d/trace_pipe_raw", cpu);
            int fd = open_file(name, O_RDONLY | O_NONBLOCK);
            for (int i = 0; i < 50 && read(fd, page, sizeof page) == sizeof page; ++i) {
                uint64_t commit;
                memcpy(&commit, page + 8, sizeof commit);
                if ((commit & 0xfffff) > 4080 || (commit & 0xfffff) == 0)
                    fail("a page with %llu bytes", (unsigned long long)commit);
            }
            close(fd);
        }
    return NULL;
}

static void* work(void* stop) {
    for (unsigned i = 0; !__atomic_load_n((int*)stop, __ATOMIC_RELAXED); ++i) {
        int ends[2];
        char byte = 0;
        if (pipe(ends) || write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
            fail("pipe: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        sched_yield();
        if (i % 64 == 0) {
            pid_t child = fork();
            if (child == 0)
                _exit(7);
            int status;
            if (waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7)
                fail("child: %x", status);
        }
    }
    return NULL;
}

/// Code changes under four CPUs that run it, rings are read while they are written.
static void churn(void) {
    int stop = 0;
    pthread_t threads[6];
    for (int i = 0; i < 4; ++i)
        pthread_create(&threads[i], NULL, work, &stop);
    pthread_create(&threads[4], NULL, switch_events, &stop);
    pthread_create(&threads[5], NULL, read_events, &stop);
    sleep(6);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 6; ++i)
        pthread_join(threads[i], NULL);
    put("events/enable", "0");
    put("counts", "0");
    char* left = get("set_event");
    if (*left)
        fail("still on: %s", left);
    free(left);
}

__attribute__((noinline)) static void busy_function(double until) {
    volatile unsigned long sum = 0;
    while (now() < until)
        for (int i = 0; i < 100000; ++i)
            sum += i;
}

static void sampler(void) {
    int fd = open_file("sampler", O_WRONLY);
    if (write(fd, "100001", 6) >= 0 || errno != EINVAL)
        fail("100001 samples per second were accepted");
    close(fd);
    put("sampler", "200");
    expect("sampler", "200\n");
    busy_function(now() + 2);
    char* stacks = get("stacks");
    put("sampler", "0");
    unsigned all = 0, inside = 0;
    for (char* line = strtok(stacks, "\n"); line; line = strtok(NULL, "\n")) {
        unsigned count = atoi(line);
        all += count;
        if (strstr(line, "tracefs;") && strstr(line, "busy_function"))
            inside += count;
    }
    if (all < 100 || inside < all / 2)
        fail("%u samples, %u in busy_function", all, inside);
    free(stacks);
    char* text = get("trace");
    if (occurrences(text, "sampler_tick: ip=0x") < 100 || !strstr(text, "<user stack trace>"))
        fail("no samples in the ring");
    free(text);
    close(open_file("stacks", O_WRONLY | O_TRUNC));
    text = get("stacks");
    if (*text)
        fail("stacks after O_TRUNC: %s", text);
    free(text);
}

/// Started with --trace=sched_switch,syscall_openat --trace-backtrace --sampler=50.
static void command_line(void) {
    expect("set_event", "sched:sched_switch\nsyscalls:syscall_openat\n");
    expect("options/stacktrace", "1\n");
    expect("sampler", "50\n");
    expect("trace", "syscall_openat: nr=257");
    expect("trace", "sched_switch: prev_comm=");
    expect("trace", "<stack trace>\n => ");
}

int main(int count, char** words) {
    const struct {
        const char* name;
        void (*run)(void);
    } cases[] = {{"list", list},   {"counts", counts},   {"records", records},
                 {"churn", churn}, {"sampler", sampler}, {"command_line", command_line}};
    for (unsigned i = 0; count == 2 && i < sizeof cases / sizeof *cases; ++i)
        if (!strcmp(words[1], cases[i].name)) {
            cases[i].run();
            return 0;
        }
    fprintf(stderr, "usage: tracefs CASE\n");
    return 2;
}
