/*
 * Between fs/tty.c (characters) and fs/tty_control.c (settings and job control).
 */
#ifndef COWSLIP_FS_TTY_INTERNAL_H
#define COWSLIP_FS_TTY_INTERNAL_H

#include "arch/riscv/lock.h"
#include "fs/line.h"
#include "fs/wait.h"
#include "lib/ring.h"
#include "lib/types.h"

struct file;
struct space;

#define TTY_INPUT_CAPACITY 4096

/* The device number of the console's terminal, 4:64, as of a serial port. */
#define TTY_CONSOLE_NUMBER (4 << 8 | 64)

struct tty {
	struct spinlock input_lock;
	struct ring input; /* characters that have arrived; guarded by input_lock */
	u8 input_data[TTY_INPUT_CAPACITY];
	struct wait_queue arrived; /* the terminal's thread: for input, and for room in the line */

	struct mutex lock;
	struct line line;           /* guarded by lock; column: by output_lock */
	struct wait_queue readable; /* who waits for input, and for a change of settings or group */
	struct winsize window;
	s32 session; /* whose controlling terminal it is; 0: nobody's */
	s32 group;   /* in the foreground; 0: none */

	struct mutex output_lock;
	void (*write)(const char *text, size_t size); /* the driver's */
};

/*
 * Whether the caller, if this is his controlling terminal and he is in the background, may do what
 * `signal` (SIGTTIN or SIGTTOU) stands against. 0; -EIO; or -EINTR after the signal was sent.
 */
int tty_check_background(struct tty *tty, int signal);

/* Becomes the controlling terminal of the caller's session if both are free for it. */
void tty_adopt(struct tty *tty);

/* NULL: the session has no controlling terminal. */
struct tty *tty_of_session(s32 session);

s64 tty_ioctl(struct file *file, u32 command, u64 argument, struct space *space);

#endif
