// SPDX-License-Identifier: BSD-3-Clause
// struct termios2 with speeds of its own, struct termio of System V, exclusive use, TIOCSTI.
#include <terminal.h>

struct settings2 {
    unsigned flags[4];
    unsigned char line, characters[19];
    unsigned input_speed, output_speed;
};
struct old {
    unsigned short flags[4];
    unsigned char line, characters[8];
};

static void show2(void) {
    struct settings2 s;
    SHOW(ioctl(slave, 0x802c542a, &s));
    printf("%x %x %x %x speeds %u %u\n", s.flags[0], s.flags[1], s.flags[2], s.flags[3],
           s.input_speed, s.output_speed);
}

int main(void) {
    open_pair();
    show2();
    struct settings2 s;
    ioctl(slave, 0x802c542a, &s);
    s.flags[2] = (s.flags[2] & ~0x100fu) | 0x1000;  // BOTHER
    s.input_speed = s.output_speed = 12345;
    SHOW(ioctl(slave, 0x402c542b, &s));
    show2();
    struct termios t = plain;
    cfsetspeed(&t, B115200);
    t.c_cflag |= PARENB | CSTOPB;
    t.c_cflag = (t.c_cflag & ~(tcflag_t)CSIZE) | CS7;
    SHOW(tcsetattr(slave, TCSANOW, &t));
    show2();
    struct old o;
    SHOW(ioctl(slave, 0x5405, &o));
    printf("%x %x %x %x line %d\n", o.flags[0], o.flags[1], o.flags[2], o.flags[3], o.line);
    o.flags[3] &= (unsigned short)~ECHO;
    o.characters[0] = 'q';
    SHOW(ioctl(slave, 0x5406, &o));
    tcgetattr(slave, &t);
    SHOW(t.c_lflag & ECHO);
    SHOW(t.c_cc[VINTR]);
    SHOW(t.c_cc[VSTART]);
    tcsetattr(slave, TCSANOW, &plain);
    int on = -1;
    SHOW(ioctl(slave, TIOCEXCL));
    SHOW(ioctl(slave, TIOCGEXCL, &on));
    SHOW(on);
    SHOW(ioctl(slave, TIOCNXCL));
    SHOW(ioctl(slave, TIOCGEXCL, &on));
    SHOW(on);
    t = plain;
    t.c_line = 3;
    SHOW(tcsetattr(slave, TCSANOW, &t));
    tcgetattr(slave, &t);
    SHOW(t.c_line);
}
