/*
 * Terminals: struct termios as the TCGETS ioctls carry it, its flags, window size, and the ioctl
 * numbers of terminals and descriptors.
 */
#pragma once

typedef unsigned char cc_t;
typedef unsigned int speed_t;
typedef unsigned int tcflag_t;

#define NCCS 19

struct termios {
	tcflag_t c_iflag;
	tcflag_t c_oflag;
	tcflag_t c_cflag;
	tcflag_t c_lflag;
	cc_t c_line;
	cc_t c_cc[NCCS];
};

/* The TCGETS2 family: speeds as plain numbers. */
struct termios2 {
	tcflag_t c_iflag;
	tcflag_t c_oflag;
	tcflag_t c_cflag;
	tcflag_t c_lflag;
	cc_t c_line;
	cc_t c_cc[NCCS];
	speed_t c_ispeed;
	speed_t c_ospeed;
};

struct winsize {
	unsigned short ws_row;
	unsigned short ws_col;
	unsigned short ws_xpixel;
	unsigned short ws_ypixel;
};

/* Indices into c_cc. */
#define VINTR    0
#define VQUIT    1
#define VERASE   2
#define VKILL    3
#define VEOF     4
#define VTIME    5
#define VMIN     6
#define VSWTC    7
#define VSTART   8
#define VSTOP    9
#define VSUSP    10
#define VEOL     11
#define VREPRINT 12
#define VDISCARD 13
#define VWERASE  14
#define VLNEXT   15
#define VEOL2    16

/* c_iflag: input. */
#define IGNBRK  0x0001
#define BRKINT  0x0002
#define IGNPAR  0x0004
#define PARMRK  0x0008
#define INPCK   0x0010
#define ISTRIP  0x0020
#define INLCR   0x0040
#define IGNCR   0x0080
#define ICRNL   0x0100
#define IUCLC   0x0200
#define IXON    0x0400
#define IXANY   0x0800
#define IXOFF   0x1000
#define IMAXBEL 0x2000
#define IUTF8   0x4000

/* c_oflag: output. */
#define OPOST  0x0001
#define OLCUC  0x0002
#define ONLCR  0x0004
#define OCRNL  0x0008
#define ONOCR  0x0010
#define ONLRET 0x0020
#define TABDLY 0x1800
#define XTABS  0x1800

/* c_cflag: the line. */
#define CBAUD   0x100f
#define B0      0x0000
#define B9600   0x000d
#define B19200  0x000e
#define B38400  0x000f
#define B57600  0x1001
#define B115200 0x1002
#define CSIZE   0x0030
#define CS5     0x0000
#define CS6     0x0010
#define CS7     0x0020
#define CS8     0x0030
#define CSTOPB  0x0040
#define CREAD   0x0080
#define PARENB  0x0100
#define PARODD  0x0200
#define HUPCL   0x0400
#define CLOCAL  0x0800

/* c_lflag: line editing, echo and signals. */
#define ISIG    0x00001
#define ICANON  0x00002
#define XCASE   0x00004
#define ECHO    0x00008
#define ECHOE   0x00010
#define ECHOK   0x00020
#define ECHONL  0x00040
#define NOFLSH  0x00080
#define TOSTOP  0x00100
#define ECHOCTL 0x00200
#define ECHOPRT 0x00400
#define ECHOKE  0x00800
#define FLUSHO  0x01000
#define PENDIN  0x04000
#define IEXTEN  0x08000

/* tcsetattr, tcflow and tcflush arguments. */
#define TCSANOW   0
#define TCSADRAIN 1
#define TCSAFLUSH 2
#define TCOOFF    0
#define TCOON     1
#define TCIOFF    2
#define TCION     3
#define TCIFLUSH  0
#define TCOFLUSH  1
#define TCIOFLUSH 2

/* ioctl numbers. */
#define TCGETS      0x5401
#define TCSETS      0x5402
#define TCSETSW     0x5403
#define TCSETSF     0x5404
#define TCSBRK      0x5409
#define TCXONC      0x540A
#define TCFLSH      0x540B
#define TIOCEXCL    0x540C
#define TIOCNXCL    0x540D
#define TIOCSCTTY   0x540E
#define TIOCGPGRP   0x540F
#define TIOCSPGRP   0x5410
#define TIOCOUTQ    0x5411
#define TIOCSTI     0x5412
#define TIOCGWINSZ  0x5413
#define TIOCSWINSZ  0x5414
#define FIONREAD    0x541B
#define TIOCINQ     FIONREAD
#define FIONBIO     0x5421
#define TIOCPKT     0x5420
#define TIOCNOTTY   0x5422
#define TCSBRKP     0x5425
#define TIOCGSID    0x5429
#define TCGETS2     0x802C542AUL
#define TCSETS2     0x402C542BUL
#define TCSETSW2    0x402C542CUL
#define TCSETSF2    0x402C542DUL
#define TIOCGPTN    0x80045430UL
#define TIOCSPTLCK  0x40045431UL
#define TIOCGPKT    0x80045438UL
#define TIOCGPTLCK  0x80045439UL
#define TIOCGEXCL   0x80045440UL
#define TIOCGPTPEER 0x5441
#define FIONCLEX    0x5450
#define FIOCLEX     0x5451

/* What a read of a master in packet mode begins with: 0 before output, or what has happened. */
#define TIOCPKT_DATA       0x00
#define TIOCPKT_FLUSHREAD  0x01
#define TIOCPKT_FLUSHWRITE 0x02
#define TIOCPKT_STOP       0x04
#define TIOCPKT_START      0x08
#define TIOCPKT_NOSTOP     0x10
#define TIOCPKT_DOSTOP     0x20
