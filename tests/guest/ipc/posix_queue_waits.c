// SPDX-License-Identifier: BSD-3-Clause
// Waiting senders and receivers of POSIX queues, signals, mq_notify, other programs.
#include <mqueue.h>
#include <process/children.h>
#include <pthread.h>

static mqd_t queue;
static volatile int tid;
static char said[200];  // by the thread; shown when it has ended
static volatile siginfo_t told;
static volatile int count;

static void* receiver(void* unused) {
    char text[32] = "";
    unsigned priority = 0;
    (void)unused;
    tid = gettid();
    ssize_t got = mq_receive(queue, text, sizeof text, &priority);
    sprintf(said, "receiver: %zd %s %u", got, got < 0 ? strerrorname_np(errno) : text, priority);
    return NULL;
}
static void* sender(void* unused) {
    (void)unused;
    tid = gettid();
    int outcome = mq_send(queue, "late", 5, 7);
    sprintf(said, "sender: %s", outcome < 0 ? strerrorname_np(errno) : "sent");
    return NULL;
}
static pthread_t start(void* (*what)(void*)) {
    pthread_t t;
    tid = 0;
    pthread_create(&t, NULL, what, NULL);
    wait_asleep(&tid);
    return t;
}
static void end(pthread_t t) {
    pthread_join(t, NULL);
    puts(said);
}
static void get(void) {
    char text[32] = "";
    unsigned priority;
    ssize_t got = mq_receive(queue, text, sizeof text, &priority);
    printf("get: %zd %s %u\n", got, text, priority);
}
static void on_message(int s, siginfo_t* info, void* context) {
    (void)s, (void)context;
    told = *info;
    ++count;
}
static void on_signal(int s) {
    (void)s;
}

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 2) {  // echoes what comes in with priority 1 until it is empty
        mqd_t in = mq_open(argv[2], O_RDONLY);
        char back_name[64];
        sprintf(back_name, "%s-back", argv[2]);
        mqd_t back = mq_open(back_name, O_WRONLY);
        char text[32];
        for (ssize_t got; (got = mq_receive(in, text, sizeof text, NULL)) > 0;)
            mq_send(back, text, (size_t)got, 0);
        return 0;
    }
    char name[64], back_name[80];
    sprintf(name, "/guest-wait-%d", getpid());
    sprintf(back_name, "%s-back", name);
    struct mq_attr a = {.mq_maxmsg = 2, .mq_msgsize = 32};
    queue = mq_open(name, O_CREAT | O_RDWR, 0600, &a);
    pthread_t t = start(receiver);
    SHOW(mq_send(queue, "hello", 6, 3));
    end(t);
    SHOW(mq_send(queue, "one", 4, 0));
    SHOW(mq_send(queue, "two", 4, 0));
    t = start(sender);
    get();
    end(t);
    get();
    get();
    signal(SIGUSR1, on_signal);  // restarted
    t = start(receiver);
    pthread_kill(t, SIGUSR1);
    wait_asleep(&tid);
    SHOW(mq_send(queue, "after", 6, 0));
    end(t);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    t = start(receiver);
    pthread_kill(t, SIGUSR1);
    end(t);
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 2000000;
    if (soon.tv_nsec >= 1000000000)
        ++soon.tv_sec, soon.tv_nsec -= 1000000000;
    char text[32];
    SHOW(mq_timedreceive(queue, text, sizeof text, NULL, &soon));

    // Told once, and only when nobody waits
    action = (struct sigaction){.sa_sigaction = on_message, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR2, &action, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
    event.sigev_value.sival_int = 4711;
    SHOW(mq_notify(queue, &event));
    SHOW(mq_notify(queue, &event));
    char line[128] = "";
    int fd = (int)queue;
    pread(fd, line, sizeof line - 1, 0);
    int notify = -1, signal_number = -1, pid = -1;
    sscanf(line, "QSIZE:%*d NOTIFY:%d SIGNO:%d NOTIFY_PID:%d", &notify, &signal_number, &pid);
    printf("%d %d %d\n", notify, signal_number, pid == getpid());
    SHOW(mq_send(queue, "told", 5, 0));
    wait_change(&count, 0);
    printf("signal %d code %d value %d from %d\n", told.si_signo, told.si_code,
           told.si_value.sival_int, told.si_pid == getpid());
    SHOW(mq_send(queue, "not told", 9, 0));
    get();
    get();
    SHOW(mq_notify(queue, &event));
    t = start(receiver);
    SHOW(mq_send(queue, "for the receiver", 17, 0));
    end(t);
    SHOW(count);
    SHOW(mq_send(queue, "told again", 11, 0));
    wait_change(&count, 1);
    get();
    SHOW(mq_notify(queue, &event));
    SHOW(mq_notify(queue, NULL));
    SHOW(mq_notify(queue, NULL));
    SHOW(mq_notify(queue, &event));
    mqd_t other = mq_open(name, O_RDONLY);
    SHOW(mq_close(other));  // takes the registration away
    SHOW(mq_notify(queue, &event));
    SHOW(mq_notify(queue, NULL));
    event.sigev_notify = 77;
    SHOW(syscall(SYS_mq_notify, queue, &event));
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = 65;
    SHOW(syscall(SYS_mq_notify, queue, &event));
    SHOW(syscall(SYS_mq_notify, queue, BAD));
    event.sigev_signo = SIGUSR2;
    SHOW(syscall(SYS_mq_notify, 1, &event));

    mqd_t back = mq_open(back_name, O_CREAT | O_RDONLY, 0600, &a);
    pid_t child = start_self("echo", name);
    for (int i = 0; i < 200; ++i) {
        char sent[32];
        sprintf(sent, "message %d", i);
        mq_send(queue, sent, strlen(sent) + 1, 1);
        if (mq_receive(back, text, sizeof text, NULL) < 0 || strcmp(text, sent))
            printf("wrong echo of %s\n", sent);
    }
    mq_send(queue, "", 0, 1);
    show_end("echo", child);
    mq_unlink(name);
    mq_unlink(back_name);
}
