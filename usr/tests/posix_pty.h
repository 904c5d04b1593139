/*
 * A pseudoterminal for the cases of posixtest: what is typed at its master, and what comes out.
 */
#pragma once

#include <termios.h>

#define PATIENCE   20000 /* milliseconds to wait for what must happen */
#define SHORT_WAIT 30    /* and for what must not */
#define TEXT_BYTES 256
#define NAME_BYTES 32

#define COOKED (ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN)

struct pty {
	int master, terminal;
	char name[NAME_BYTES];
};

void make_pty(struct pty *pty);

/* Sets these modes; make_pty() sets those that Linux gives a new terminal. */
void set_modes(int terminal, tcflag_t input, tcflag_t output, tcflag_t local);

/* Starts a process that leads a session with this terminal, runs the body and ends; its pid. */
int session_at(const struct pty *pty, void (*body)(void));

void type(const struct pty *pty, const char *text);
short poll_for(int file, short events, int milliseconds);

/* Exactly this text can be read, after a while; or none can. */
void expect(int file, const char *text);
void expect_nothing(int file);
