/* SPDX-License-Identifier: BSD-3-Clause
 * stdio, qsort, threads, environment, signals, time: built against static glibc and static musl. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;
static _Thread_local int mine = 5;
static jmp_buf out;

static void* add(void* argument) {
    mine += (int)(long)argument;
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&lock);
        total += mine;
        pthread_mutex_unlock(&lock);
    }
    return (void*)(long)mine;
}

static int descending(const void* a, const void* b) {
    return *(const int*)b - *(const int*)a;
}

static void on_segv(int number) {
    siglongjmp(out, number);
}

int main(int argc, char** argv) {
    pthread_t threads[4];
    for (long i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, add, (void*)i);
    for (int i = 0; i < 4; i++) {
        void* value;
        pthread_join(threads[i], &value);
        printf("%ld ", (long)value);
    }
    printf("total %ld mine %d arguments %d\n", total, mine, argc);

    int numbers[100];
    for (int i = 0; i < 100; i++)
        numbers[i] = i * 37 % 101;
    qsort(numbers, 100, sizeof numbers[0], descending);
    printf("%d %d %.6f\n", numbers[0], numbers[99], strtod("3.14159265", NULL) * 2);

    setenv("OSPREY_TEST", "set", 1);
    printf("%s %s\n", getenv("OSPREY_TEST"), strrchr(argv[0], '/') ? "path" : "name");
    errno = 0;
    printf("%d %s\n", access("/nonexistent", F_OK), strerror(errno));

    FILE* file = tmpfile();
    fprintf(file, "one two three");
    rewind(file);
    char word[8];
    while (fscanf(file, "%7s", word) == 1)
        printf("[%s]", word);
    fclose(file);
    time_t epoch = 86400 * 365;
    struct tm* date = gmtime(&epoch);
    printf(" %d\n", date->tm_year + 1900);

    signal(SIGSEGV, on_segv);
    int number = sigsetjmp(out, 1);
    if (number == 0)
        *(volatile int*)16 = 1;
    printf("caught %d\n", number);
    return 7;
}
