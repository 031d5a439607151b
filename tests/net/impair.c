// SPDX-License-Identifier: BSD-3-Clause
//
// A bad link between two taps, of this network namespace: tap LEFT belongs to somebody else (QEMU),
// frames are taken from its near side by a packet socket; tap RIGHT is made here. Runs until
// SIGTERM, then says what it did.
// usage: impair LEFT RIGHT SEED LOSS REORDER DUPLICATE DELAY JITTER RATE
//   LOSS, REORDER, DUPLICATE in 1/1000 of the frames; DELAY, JITTER in ms (a frame that is
//   reordered waits four delays more than its neighbours); RATE in kbit/s, 0: no limit.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT = 4096, LARGEST = 2048, BACKLOG_MS = 500 };

struct frame {
    uint64_t due;    // nanoseconds
    uint64_t order;  // of arrival, for frames that are due at the same time
    unsigned size;
    unsigned char data[LARGEST];
};

struct direction {
    int from, to;
    uint64_t random;
    uint64_t line_free;  // when the last frame has left a line of limited rate
    struct frame* heap[LIMIT];
    unsigned waiting;
    unsigned long passed, lost, reordered, doubled, overflowed;
};

static unsigned loss, reorder, duplicate, delay_ms, jitter_ms, rate;
static volatile sig_atomic_t stopped;

static void stop(int signal) {
    (void)signal;
    stopped = 1;
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint32_t draw(struct direction* d) {
    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;
    return d->random >> 20;
}

static int chance(struct direction* d, unsigned thousandths) {
    return draw(d) % 1000 < thousandths;
}

static int earlier(const struct frame* a, const struct frame* b) {
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void push(struct direction* d, struct frame* f) {
    unsigned at = d->waiting++;
    for (; at > 0 && earlier(f, d->heap[(at - 1) / 2]); at = (at - 1) / 2)
        d->heap[at] = d->heap[(at - 1) / 2];
    d->heap[at] = f;
}

static struct frame* pop(struct direction* d) {
    struct frame *first = d->heap[0], *last = d->heap[--d->waiting];
    unsigned at = 0;
    for (unsigned child; (child = 2 * at + 1) < d->waiting; at = child) {
        if (child + 1 < d->waiting && earlier(d->heap[child + 1], d->heap[child]))
            ++child;
        if (!earlier(d->heap[child], last))
            break;
        d->heap[at] = d->heap[child];
    }
    d->heap[at] = last;
    return first;
}

static uint64_t due_time(struct direction* d, unsigned size) {
    uint64_t due = now();
    if (rate > 0) {
        d->line_free = (d->line_free > due ? d->line_free : due) + size * 8000000ull / rate;
        due = d->line_free;
    }
    due += delay_ms * 1000000ull;
    if (jitter_ms > 0)
        due += draw(d) % jitter_ms * 1000000ull;
    if (chance(d, reorder)) {
        due += 4 * (delay_ms + 1) * 1000000ull;
        ++d->reordered;
    }
    return due;
}

static void queue(struct direction* d, const unsigned char* data, unsigned size) {
    static uint64_t order;
    if (d->waiting == LIMIT || (rate && d->line_free > now() + BACKLOG_MS * 1000000ull)) {
        ++d->overflowed;
        return;
    }
    struct frame* f = malloc(sizeof *f);
    f->due = due_time(d, size);
    f->order = order++;
    f->size = size;
    memcpy(f->data, data, size);
    push(d, f);
}

static void take_all(struct direction* d) {
    unsigned char data[LARGEST];
    ssize_t size;
    while ((size = read(d->from, data, sizeof data)) > 0) {
        if (chance(d, loss)) {
            ++d->lost;
            continue;
        }
        queue(d, data, size);
        if (chance(d, duplicate)) {
            ++d->doubled;
            queue(d, data, size);
        }
    }
}

/// Sends what is due. @return nanoseconds until the next is.
static uint64_t give_due(struct direction* d) {
    while (d->waiting > 0) {
        const uint64_t time = now();
        if (d->heap[0]->due > time)
            return d->heap[0]->due - time;
        struct frame* f = pop(d);
        if (write(d->to, f->data, f->size) == (ssize_t)f->size)
            ++d->passed;
        else
            ++d->overflowed;
        free(f);
    }
    return 1000000000;
}

static int fail(const char* what) {
    perror(what);
    exit(1);
}

static int near_side(const char* name) {
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL)), one = 1;
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = if_nametoindex(name)};
    const int room = 8 << 20;
    if (fd < 0 || bind(fd, (struct sockaddr*)&at, sizeof at) != 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) != 0)
        fail(name);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    return fd;
}

static int make_tap(const char* name) {
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0)
        fail(name);
    return fd;
}

static void print_direction(const char* name, const struct direction* d) {
    printf("%s_passed=%lu %s_lost=%lu %s_reordered=%lu %s_doubled=%lu %s_overflowed=%lu\n", name,
           d->passed, name, d->lost, name, d->reordered, name, d->doubled, name, d->overflowed);
}

int main(int argc, char** argv) {
    static struct direction in, out;  // seen from the guest, which is on the left
    if (argc != 10) {
        fprintf(stderr, "usage: see impair.c\n");
        return 2;
    }
    const struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    unsigned* const numbers[] = {&loss, &reorder, &duplicate, &delay_ms, &jitter_ms, &rate};
    for (int i = 0; i < 6; ++i)
        *numbers[i] = atoi(argv[4 + i]);
    out.from = in.to = near_side(argv[1]);
    in.from = out.to = make_tap(argv[2]);
    in.random = 88172645463325252 + 2 * atoi(argv[3]);
    out.random = in.random + 1;
    printf("ready\n");
    fflush(stdout);
    while (!stopped) {
        struct pollfd fds[] = {{in.from, POLLIN, 0}, {out.from, POLLIN, 0}};
        const uint64_t a = give_due(&in), b = give_due(&out), wait = a < b ? a : b;
        const struct timespec limit = {wait / 1000000000, wait % 1000000000};
        ppoll(fds, 2, &limit, NULL);
        take_all(&in);
        take_all(&out);
    }
    print_direction("in", &in);
    print_direction("out", &out);
    return 0;
}
