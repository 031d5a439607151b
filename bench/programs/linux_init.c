/* SPDX-License-Identifier: BSD-3-Clause
 * PID 1 of the Linux guest that Osprey is compared with: mounts what programs need, sets the
 * loopback interface up, runs each argument of bench=A,B,… from the kernel command line, and powers
 * off. */
#include <fcntl.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void start_loopback(void) {
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int any = socket(AF_INET, SOCK_DGRAM, 0);
    if (any < 0 || ioctl(any, SIOCSIFFLAGS, &loopback) != 0)
        perror("loopback");
    close(any);
}

int main(void) {
    char line[1024] = "", *list;

    mkdir("/dev", 0755), mkdir("/proc", 0755), mkdir("/tmp", 01777);
    mount("dev", "/dev", "devtmpfs", 0, "");
    mount("proc", "/proc", "proc", 0, "");
    mount("tmp", "/tmp", "tmpfs", 0, "");
    int console = open("/dev/console", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(console, fd);
    start_loopback();
    FILE* file = fopen("/proc/cmdline", "r");
    if (file && fgets(line, sizeof line, file) && (list = strstr(line, "bench="))) {
        for (char* name = strtok(list + 6, ",\n "); name; name = strtok(NULL, ",\n ")) {
            char path[64];
            snprintf(path, sizeof path, "/%s", name);
            if (fork() == 0) {
                execl(path, name, (char*)NULL);
                perror(path);
                _exit(127);
            }
            int status;
            wait(&status);
            printf("ended %s %d\n", name, status);
        }
    }
    fflush(stdout);
    reboot(LINUX_REBOOT_CMD_POWER_OFF);
    return 1;
}
