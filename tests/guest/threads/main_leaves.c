// SPDX-License-Identifier: BSD-3-Clause
// The first thread may end before the others; the program goes on.
#include <pthread.h>
#include <report.h>

static void* later(void* main_thread) {
    pthread_join(*(pthread_t*)main_thread, NULL);
    puts("main thread joined");
    exit(0);
}

int main(void) {
    static pthread_t self;
    pthread_t t;
    self = pthread_self();
    pthread_create(&t, NULL, later, &self);
    pthread_exit(NULL);
}
