/* SPDX-License-Identifier: BSD-3-Clause
 * PID 1 of the Linux guest that Osprey is compared with: mounts what programs need, sets the
 * loopback interface up, runs each argument of bench=A,B,… from the kernel command line, and powers
 * off.
 *
 * With NET= there it runs its own arguments (behind "--") as a command in the root of the first
 * disk, with that address on eth0. The modules for that are the files of /modules, in the order of
 * their names. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void mount_all(const char* root) {
    static const struct {
        const char *type, *place;
    } all[] = {{"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"},
               {"tmpfs", "/tmp"},    {"tmpfs", "/run"}, {"tmpfs", "/var"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char place[64];
        snprintf(place, sizeof place, "%s%s", root, all[i].place);
        mkdir(place, 0755);
        mount(all[i].type, place, all[i].type, 0, "");
    }
}

static void load_modules(void) {
    struct dirent** names;
    int count = scandir("/modules", &names, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        char path[300];
        snprintf(path, sizeof path, "/modules/%s", names[i]->d_name);
        int file = open(path, O_RDONLY);
        if (names[i]->d_name[0] != '.' && syscall(SYS_finit_module, file, "", 0) != 0)
            perror(path);
        close(file);
    }
}

static void set_address(const char* name, const char* address) {
    struct ifreq request = {0};
    struct sockaddr_in* in = (struct sockaddr_in*)&request.ifr_addr;
    int s = socket(AF_INET, SOCK_DGRAM, 0);

    strcpy(request.ifr_name, name);
    in->sin_family = AF_INET;
    inet_pton(AF_INET, address, &in->sin_addr);
    if (ioctl(s, SIOCSIFADDR, &request) != 0)
        perror(name);
    inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
    ioctl(s, SIOCSIFNETMASK, &request);
    ioctl(s, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_UP;
    if (ioctl(s, SIOCSIFFLAGS, &request) != 0)
        perror(name);
    close(s);
}

/* Does not return. */
static void serve(char** command) {
    load_modules();
    mkdir("/root", 0755);
    for (int tries = 0; mount("/dev/vda", "/root", "erofs", MS_RDONLY, "") != 0; tries++) {
        if (tries == 100) {
            perror("/dev/vda");
            reboot(LINUX_REBOOT_CMD_POWER_OFF);
        }
        usleep(50000);
    }
    mount_all("/root");
    mkdir("/root/var/lib", 0755);
    mkdir("/root/var/lib/nginx", 0755);
    mkdir("/root/var/log", 0755);
    mkdir("/root/var/log/nginx", 0755);
    set_address("eth0", getenv("NET"));
    if (chroot("/root") != 0 || chdir("/") != 0)
        perror("/root");
    if (fork() == 0) {
        execv(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    for (;;)
        wait(NULL) < 0 ? (void)pause() : (void)0;
}

static void start_loopback(void) {
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int any = socket(AF_INET, SOCK_DGRAM, 0);
    if (any < 0 || ioctl(any, SIOCSIFFLAGS, &loopback) != 0)
        perror("loopback");
    close(any);
}

int main(int argc, char** argv) {
    (void)argc;
    char line[1024] = "", *list;

    mkdir("/dev", 0755), mkdir("/proc", 0755), mkdir("/tmp", 01777);
    mount("dev", "/dev", "devtmpfs", 0, "");
    mount("proc", "/proc", "proc", 0, "");
    mount("tmp", "/tmp", "tmpfs", 0, "");
    int console = open("/dev/console", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(console, fd);
    start_loopback();
    if (getenv("NET"))
        serve(argv + 1);
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
