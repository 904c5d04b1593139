/*
 * A pseudoterminal for the cases of posixtest: what is typed at one end, and what comes out there.
 */
#pragma once

#include <termios.h>

#define PATIENCE   2000 /* milliseconds, for what must happen */
#define SHORT_WAIT 30   /* for what must not */
#define TEXT_BYTES 256
#define NAME_BYTES 32

#define COOKED (ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN)

struct pty {
	int master, terminal;
	char name[NAME_BYTES];
};

void make_pty(struct pty *pty);

/* The settings that a test wants to begin with: Linux's for a new terminal. */
void set_modes(int terminal, tcflag_t input, tcflag_t output, tcflag_t local);

/* A process that leads a session of its own, which has the terminal, runs the body and ends. */
int session_at(const struct pty *pty, void (*body)(void));

void type(const struct pty *pty, const char *text);
short poll_for(int file, short events, int milliseconds);

/* Exactly this is there to be read, after a while. */
void expect(int file, const char *text);
void expect_nothing(int file);
