// SPDX-License-Identifier: BSD-3-Clause
// Threads and programs that wait for messages or for room; removal and signals end that.
#include <process/children.h>
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/msg.h>

static int queue;
static volatile int tid;
static char said[200];  // by the thread; shown when it has ended
static struct {
    long type;
    char text[8192];
} out;

static void* receiver(void* type) {
    struct {
        long type;
        char text[100];
    } m = {0, ""};
    tid = gettid();
    ssize_t got = msgrcv(queue, &m, sizeof m.text, (long)type, 0);
    if (got < 0)
        sprintf(said, "receiver: %s", strerrorname_np(errno));
    else
        sprintf(said, "receiver: %zd of type %ld, %s", got, m.type, m.text);
    return NULL;
}
static void* sender(void* bytes) {
    tid = gettid();
    out.type = 9;
    if (msgsnd(queue, &out, (size_t)bytes, 0) < 0)
        sprintf(said, "sender: %s", strerrorname_np(errno));
    else
        sprintf(said, "sender: sent");
    return NULL;
}
static pthread_t start(void* (*what)(void*), long argument) {
    pthread_t t;
    tid = 0;
    pthread_create(&t, NULL, what, (void*)argument);
    wait_asleep(&tid);
    return t;
}
static void end(pthread_t t) {
    pthread_join(t, NULL);
    puts(said);
}
static int put(long type, const char* text) {
    out.type = type;
    strcpy(out.text, text);
    return msgsnd(queue, &out, strlen(text) + 1, 0);
}
static void on_signal(int s) {
    (void)s;
}

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 2) {  // an echo server: type 1 comes in, type 2 goes out, until the text is empty
        queue = atoi(argv[2]);
        for (;;) {
            struct {
                long type;
                char text[100];
            } m;
            ssize_t got = msgrcv(queue, &m, sizeof m.text, 1, 0);
            if (got <= 1)
                return got == 1 ? 0 : 1;
            m.type = 2;
            msgsnd(queue, &m, (size_t)got, 0);
        }
    }
    queue = msgget(IPC_PRIVATE, 0600);
    pthread_t t = start(receiver, 5);
    SHOW(put(4, "not for it"));
    SHOW(put(5, "for it"));
    end(t);
    pthread_create(&t, NULL, receiver, (void*)-4L);
    end(t);

    // No room
    SHOW(msgsnd(queue, &out, 8192, 0));
    SHOW(msgsnd(queue, &out, 8192, 0));
    t = start(sender, 100);
    SHOW(msgrcv(queue, &out, 8192, 0, 0));
    end(t);
    SHOW(msgrcv(queue, &out, 8192, 0, 0));
    SHOW(msgrcv(queue, &out, 8192, 0, 0));

    // Signals: restarted without a handler only
    signal(SIGUSR1, on_signal);
    t = start(receiver, 1);
    pthread_kill(t, SIGUSR1);
    end(t);

    // Another program
    char number[16];
    sprintf(number, "%d", queue);
    pid_t pid = start_self("echo", number);
    for (int i = 0; i < 200; ++i) {
        char text[32];
        sprintf(text, "message %d", i);
        put(1, text);
        struct {
            long type;
            char text[100];
        } m;
        if (msgrcv(queue, &m, sizeof m.text, 2, 0) != (ssize_t)strlen(text) + 1 ||
            strcmp(m.text, text))
            printf("wrong echo of %s\n", text);
    }
    put(1, "");
    show_end("echo", pid);

    t = start(receiver, 1);
    SHOW(msgctl(queue, IPC_RMID, NULL));
    end(t);
    queue = msgget(IPC_PRIVATE, 0600);
    msgsnd(queue, &out, 8192, 0);
    msgsnd(queue, &out, 8192, 0);
    t = start(sender, 100);
    SHOW(msgctl(queue, IPC_RMID, NULL));
    end(t);
}
