// SPDX-License-Identifier: BSD-3-Clause
// What changes of user IDs do to capabilities, and who may change capabilities, the bounding set
// and securebits (capabilities(7)).
#include <linux/capability.h>
#include <linux/securebits.h>
#include <report.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static struct __user_cap_data_struct caps[2];

static void get(void) {
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    syscall(SYS_capget, &h, caps);
}
static int set(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    for (int i = 0; i < 2; ++i) {
        caps[i].effective = (uint32_t)(effective >> 32 * i);
        caps[i].permitted = (uint32_t)(permitted >> 32 * i);
        caps[i].inheritable = (uint32_t)(inheritable >> 32 * i);
    }
    return (int)syscall(SYS_capset, &h, caps);
}
static void show(const char* what) {
    get();
    printf(
        "%s: effective %s, permitted %s, inheritable %x, keep %d, securebits %x\n", what,
        caps[0].effective ? (caps[0].effective & (1 << CAP_CHOWN) ? "with chown" : "some") : "none",
        caps[0].permitted ? (caps[0].permitted & (1 << CAP_CHOWN) ? "with chown" : "some") : "none",
        caps[0].inheritable, prctl(PR_GET_KEEPCAPS), prctl(PR_GET_SECUREBITS));
}
#define BIT(c) (1ull << (c))

static void drop_and_come_back(void) {
    SHOW(setresuid(1000, 1000, 0));
    show("saved root");
    SHOW(setresuid(-1, 0, -1));
    show("root again");
    SHOW(setresuid(1000, 1000, 1000));
    show("gone for good");
    SHOW(setuid(0));
    SHOW(prctl(PR_CAPBSET_DROP, CAP_CHOWN));
    SHOW(prctl(PR_CAPBSET_DROP, 99));
    SHOW(prctl(PR_SET_SECUREBITS, 0));
    SHOW(prctl(PR_CAPBSET_READ, CAP_CHOWN));
}

static void keep(void) {
    SHOW(prctl(PR_SET_KEEPCAPS, 1));
    show("kept");
    SHOW(setresuid(1000, 1000, 1000));
    show("a user that keeps");
    SHOW(set(BIT(CAP_CHOWN) | BIT(CAP_SETUID), BIT(CAP_CHOWN) | BIT(CAP_SETUID), BIT(CAP_CHOWN)));
    show("raised");
    // From one user to another: the effective ones stay.
    SHOW(setresuid(1001, 1001, 1001));
    show("another user");
    SHOW(set(BIT(CAP_CHOWN) | BIT(CAP_KILL), BIT(CAP_CHOWN) | BIT(CAP_KILL), 0));
    SHOW(set(BIT(CAP_KILL), BIT(CAP_CHOWN), 0));
    SHOW(set(0, BIT(CAP_CHOWN), BIT(CAP_KILL)));
    SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
    SHOW(set(0, BIT(CAP_CHOWN), BIT(CAP_CHOWN)));
    SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
    SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
    SHOW(set(0, BIT(CAP_CHOWN), 0));
    SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
}

static void no_fixup(void) {
    SHOW(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP));
    SHOW(setresuid(1000, 1000, 1000));
    show("without fixup");
}

static void locked(void) {
    SHOW(prctl(PR_SET_SECUREBITS, 0x10000));
    SHOW(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS));
    show("by securebits");
    SHOW(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED));
    SHOW(prctl(PR_SET_KEEPCAPS, 1));
    SHOW(prctl(PR_SET_KEEPCAPS, 0));
    SHOW(prctl(PR_SET_KEEPCAPS, 2));
    SHOW(prctl(PR_SET_SECUREBITS, 0));
    SHOW(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE));
    get();
    uint64_t mine = caps[0].permitted | (uint64_t)caps[1].permitted << 32;
    SHOW(set(mine, mine, BIT(CAP_CHOWN)));
    SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
}

static void file_ids(void) {
    SHOW(setfsuid(1000));
    get();
    HOLDS(!(caps[0].effective & (1 << CAP_DAC_OVERRIDE)));
    HOLDS(caps[0].effective & (1 << CAP_SETUID));
    SHOW(setfsuid(0));
    get();
    HOLDS(caps[0].effective & (1 << CAP_DAC_OVERRIDE));
}

static void execute(void) {
    fflush(stdout);
    execl("/proc/self/exe", "capabilities", "executed", NULL);
}
static void executes_as_user(void) {
    prctl(PR_SET_KEEPCAPS, 1);
    setresuid(1000, 1000, 0);
    SHOW(set(BIT(CAP_CHOWN) | BIT(CAP_KILL), BIT(CAP_CHOWN) | BIT(CAP_KILL), BIT(CAP_KILL)));
    SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
    show("before");
    execute();
}
static void executes_as_root(void) {
    SHOW(set(0, 0, 0));
    show("before");
    execute();
}

static void in_child(const char* what, void (*body)(void)) {
    printf("-- %s\n", what);
    fflush(stdout);
    if (fork() == 0) {
        body();
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

int main(int count, char** arguments) {
    if (count > 1) {
        show(arguments[1]);
        uid_t real, effective, saved;
        getresuid(&real, &effective, &saved);
        printf("%u %u %u\n", real, effective, saved);
        SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0));
        return 0;
    }
    in_child("drop", drop_and_come_back);
    in_child("keep", keep);
    in_child("no fixup", no_fixup);
    in_child("locked", locked);
    in_child("file ids", file_ids);
    in_child("executes as a user", executes_as_user);
    in_child("executes as root", executes_as_root);
}
