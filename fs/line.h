/*
 * The line discipline: what happens to a character between the keyboard and read(2), as termios
 * says. It knows neither drivers nor processes: echo and signals go out through two functions.
 *
 * The caller locks (fs/tty.c: tty->lock).
 */
#pragma once

#include "lib/abi/termios.h"
#include "lib/bitmap.h"
#include "lib/types.h"

#define LINE_CAPACITY 4096 /* bytes of input that wait to be read; a power of two */

struct line {
	struct termios2 termios;
	/*
	 * Input lies in [read, written), positions that only grow. Below `committed` it may be
	 * read; from there on lies the line that is being edited.
	 */
	u32 read, committed, written;
	u8 data[LINE_CAPACITY];
	u64 ends[BITMAP_WORDS(LINE_CAPACITY)]; /* a bit for each byte: a line ends there */
	bool literal;                          /* the next character is taken as it is */
	bool erasing;                          /* ECHOPRT: the backslash has been shown */
	bool stopped;                          /* output: by VSTOP, until VSTART */
	bool held;                             /* output: by TCOOFF, until TCOON */
	bool throttled;                        /* VSTOP was sent: there is little room (IXOFF) */
	u32 start_column;                      /* where on the screen the edited line began */
	u32 column;                            /* where the cursor is, kept by line_output() */
	/* Sends text to the screen, by way of line_output(). */
	void (*echo)(struct line *line, const char *text, size_t size);
	/* Sends SIGINT, SIGQUIT or SIGTSTP to the foreground. */
	void (*signal)(struct line *line, int signal);
};

/* Canonical mode with echo, the initial settings of Linux. */
void line_init(struct line *line, void (*echo)(struct line *, const char *, size_t),
	void (*signal)(struct line *, int));

/* Whether the character would find room, or does not need any. */
bool line_has_room(const struct line *line, u8 character);

/* A character from the keyboard. */
void line_input(struct line *line, u8 character);

/* How many bytes a read would find now, without regard to VMIN. Without the lock it is a hint. */
u32 line_available(const struct line *line);

/*
 * Takes out up to `size` bytes. *ended: they end a line, so that in canonical mode the read is
 * over. It is also set at an end of file, which yields no bytes.
 */
u32 line_read(struct line *line, u8 *buffer, u32 size, bool *ended);

/* Whether programs that write have to wait. Without the lock it is a hint. */
static inline bool line_is_stopped(const struct line *line)
{
	return __atomic_load_n(&line->stopped, __ATOMIC_RELAXED) ||
		__atomic_load_n(&line->held, __ATOMIC_RELAXED);
}

/* Sends a control character (VSTOP, VSTART) to the side that types. */
void line_send(struct line *line, u32 function);

/* New settings: what has been typed so far stays. */
void line_set(struct line *line, const struct termios2 *termios);

/* Forgets all input. */
void line_flush(struct line *line);

/*
 * What a character becomes on its way to the screen: at most LINE_OUTPUT_MAX bytes. The result is
 * how many.
 */
#define LINE_OUTPUT_MAX 8
u32 line_output(struct line *line, u8 character, char *out);
