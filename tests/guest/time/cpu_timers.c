// SPDX-License-Identifier: BSD-3-Clause
// Timers on CPU time: of a thread, of the process, of another process; ITIMER_VIRTUAL, ITIMER_PROF.
#include <pthread.h>
#include <report.h>
#include <sys/time.h>
#include <sys/wait.h>

static volatile int count, alarms, stop, started;

static void on_timer(int number, siginfo_t* info, void* context) {
    (void)context;
    if (info->si_code == SI_TIMER)
        count += info->si_value.sival_int;
    if (number == SIGVTALRM || number == SIGPROF)
        ++alarms;
}

static int64_t used(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void work_until(const volatile int* word, int value) {
    while (*word < value)
        ;
}

static timer_t make(clockid_t clock, int value) {
    timer_t t;
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    e.sigev_value.sival_int = value;
    WORKS(timer_create(clock, &e, &t));
    return t;
}
static void start(timer_t t, long ms, int how) {
    struct itimerspec s = {{0, 0}, {ms / 1000, ms % 1000 * 1000000}};
    SHOW(timer_settime(t, how, &s, NULL));
}

static void* worker(void* unused) {
    (void)unused;
    started = 1;
    work_until(&stop, 1);
    return NULL;
}

int main(void) {
    struct sigaction a = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &a, NULL);
    sigaction(SIGVTALRM, &a, NULL);
    sigaction(SIGPROF, &a, NULL);

    // This thread's: does not run while it sleeps.
    timer_t own = make(CLOCK_THREAD_CPUTIME_ID, 1);
    int64_t before = used(CLOCK_THREAD_CPUTIME_ID);
    start(own, 100, 0);
    sleep_ms(200);
    printf("asleep %d\n", count);
    work_until(&count, 1);
    HOLDS(used(CLOCK_THREAD_CPUTIME_ID) - before >= 100000000);
    struct itimerspec left;
    SHOW(timer_gettime(own, &left));
    HOLDS(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
    SHOW(timer_delete(own));

    // Another thread's, seen from here.
    pthread_t t;
    clockid_t of_worker;
    pthread_create(&t, NULL, worker, NULL);
    wait_change(&started, 0);
    SHOW(pthread_getcpuclockid(t, &of_worker));
    timer_t others = make(of_worker, 10);
    start(others, 50, 0);
    wait_change(&count, 1);
    HOLDS(used(of_worker) >= 50000000);
    SHOW(timer_gettime(others, &left));
    // It can be waited for, too; its own clock it may not wait for.
    struct timespec while_it_works = {0, 30000000};
    int64_t there = used(of_worker);
    SHOW(clock_nanosleep(of_worker, 0, &while_it_works, NULL));
    HOLDS(used(of_worker) - there >= 30000000);
    clockid_t mine;
    pthread_getcpuclockid(pthread_self(), &mine);
    printf("%s\n", strerrorname_np(clock_nanosleep(mine, 0, &while_it_works, NULL)));
    // The process's, while this thread sleeps.
    timer_t whole = make(CLOCK_PROCESS_CPUTIME_ID, 100);
    start(whole, 50, 0);
    wait_change(&count, 11);
    SHOW(timer_delete(whole));
    stop = 1;
    pthread_join(t, NULL);

    // A child's
    int to_child[2];
    pipe(to_child);
    pid_t child = fork();
    if (child == 0) {
        char c;
        close(to_child[1]);
        read(to_child[0], &c, 1);
        for (;;)
            ;
    }
    clockid_t of_child;
    SHOW(clock_getcpuclockid(child, &of_child));
    timer_t childs = make(of_child, 1000);
    start(childs, 50, 0);
    sleep_ms(100);
    printf("the child sleeps %d\n", count);
    write(to_child[1], "x", 1);
    wait_change(&count, 111);
    HOLDS(used(of_child) >= 50000000);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);

    // Interval timers
    struct itimerval i = {{0, 20000}, {0, 20000}}, none = {{0, 0}, {0, 0}};
    SHOW(setitimer(ITIMER_PROF, &i, NULL));
    work_until(&alarms, 3);
    SHOW(setitimer(ITIMER_PROF, &none, NULL));
    alarms = 0;
    SHOW(setitimer(ITIMER_VIRTUAL, &i, NULL));
    sleep_ms(100);
    printf("asleep %d\n", alarms);
    work_until(&alarms, 3);
    SHOW(setitimer(ITIMER_VIRTUAL, &none, NULL));

    timer_t refused;
    clockid_t nobodys = (clockid_t)(~0x7ffffffu << 3 | 2);
    clockid_t foreign_thread = (clockid_t)(~(unsigned)getppid() << 3 | 6);
    SHOW(timer_create(nobodys, NULL, &refused));
    SHOW(timer_create(foreign_thread, NULL, &refused));
    SHOW(syscall(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, NULL, BAD));
    SHOW(syscall(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, BAD, &refused));
}
