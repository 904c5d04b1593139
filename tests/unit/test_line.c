/* The line discipline (fs/line.h): what is typed, what a reader gets, and what the screen shows. */
#include "fs/line.h"
#include "lib/abi/signal.h"
#include "tests/unit/unit.h"

#define SCREEN_BYTES 512

static struct line line;
static char screen[SCREEN_BYTES];
static size_t screen_used;
static int last_signal;

static void echo(struct line *unused, const char *text, size_t size)
{
	(void)unused;
	for (size_t i = 0; i < size; i++) {
		char out[LINE_OUTPUT_MAX];
		u32 count = line_output(&line, (u8)text[i], out);

		for (u32 n = 0; n < count && screen_used < SCREEN_BYTES - 1; n++)
			screen[screen_used++] = out[n];
	}
	screen[screen_used] = '\0';
}

static void note_signal(struct line *unused, int signal)
{
	(void)unused;
	last_signal = signal;
}

static void start(void)
{
	line_init(&line, echo, note_signal);
	screen_used = 0;
	screen[0] = '\0';
	last_signal = 0;
}

static void type(const char *text)
{
	for (; *text; text++)
		line_input(&line, (u8)*text);
}

/* One read of up to `size` bytes, as a string. */
static const char *take(u32 size)
{
	static char buffer[LINE_CAPACITY + 1];
	bool ended;

	buffer[line_read(&line, (u8 *)buffer, size, &ended)] = '\0';
	return buffer;
}

static void set_local(tcflag_t clear, tcflag_t set)
{
	struct termios2 termios = line.termios;

	termios.c_lflag = (termios.c_lflag & ~clear) | set;
	line_set(&line, &termios);
}

static void lines(void)
{
	start();
	type("ab");
	CHECK_EQUAL(line_available(&line), 0);
	type("c\rsecond\n");
	CHECK_STRING(take(100), "abc\n");
	CHECK_STRING(take(3), "sec");
	CHECK_STRING(take(100), "ond\n");
	CHECK_EQUAL(line_available(&line), 0);
	CHECK_STRING(screen, "abc\r\nsecond\r\n");
}

static void erasing(void)
{
	start();
	type("ax\x7f"
	     "by\bc\n");
	CHECK_STRING(take(100), "abc\n");
	CHECK_STRING(screen, "ax\b \bby\b \bc\r\n");
	start();
	type("\x7f\x7fz\x7f\x7f\n");
	CHECK_STRING(take(100), "\n");
	CHECK_STRING(screen, "z\b \b\r\n");
	start();
	type("one two  \x17three\n");
	CHECK_STRING(take(100), "one three\n");
	start();
	type("all of this\x15kept\n");
	CHECK_STRING(take(100), "kept\n");
}

/* One erase removes one character, however many bytes and columns it has. */
static void wide_characters(void)
{
	start();
	type("a\xc3\xa4\x7f\n");
	CHECK_STRING(take(100), "a\n");
	CHECK_STRING(screen, "a\xc3\xa4\b \b\r\n");
	start();
	type("ab\t\x7f.\n");
	CHECK_STRING(take(100), "ab.\n");
	CHECK_STRING(screen, "ab\t\b \b\b \b\b \b\b \b\b \b\b \b.\r\n");
	start();
	type("\x01\x7f\n");
	CHECK_STRING(screen, "^A\b \b\b \b\r\n");
}

/* A full line has no room for two bytes either. */
static void marks(void)
{
	struct termios2 termios;

	start();
	termios = line.termios;
	termios.c_iflag |= PARMRK;
	line_set(&line, &termios);
	for (int i = 0; i < LINE_CAPACITY - 2; i++)
		type("x");
	type("\xff\n");
	CHECK_EQUAL(line_available(&line), LINE_CAPACITY - 1);
	line_flush(&line);
	type("\xff\n");
	CHECK_STRING(take(100), "\xff\xff\n");
}

static void end_of_file(void)
{
	bool ended;
	u8 byte;

	start();
	type("\x04");
	CHECK_EQUAL(line_available(&line), 1);
	CHECK_EQUAL(line_read(&line, &byte, 1, &ended), 0);
	CHECK(ended && line_available(&line) == 0);
	type("abc\x04");
	CHECK_STRING(take(3), "abc"); /* and the mark with it */
	CHECK_EQUAL(line_available(&line), 0);
	type("de\x04"
	     "f\n");
	CHECK_STRING(take(100), "de");
	CHECK_STRING(take(100), "f\n");
}

static void signals(void)
{
	start();
	type("typed\x03");
	CHECK_EQUAL(last_signal, SIGINT);
	CHECK_STRING(screen, "typed^C");
	type("\n");
	CHECK_STRING(take(100), "\n");
	type("\x1c");
	CHECK_EQUAL(last_signal, SIGQUIT);
	type("\x1a");
	CHECK_EQUAL(last_signal, SIGTSTP);
	set_local(0, NOFLSH);
	type("kept\x03\n");
	CHECK_STRING(take(100), "kept\n");
	last_signal = 0;
	type("\x16\x03\n");
	CHECK_EQUAL(last_signal, 0);
	CHECK_STRING(take(100), "\x03\n");
	set_local(ISIG, 0);
	type("\x03\n");
	CHECK_STRING(take(100), "\x03\n");
}

static void raw(void)
{
	start();
	type("half");
	set_local(ICANON | ECHO, 0);
	CHECK_STRING(take(100), "half");
	type("\x7f\x04\x15");
	CHECK_EQUAL(line_available(&line), 3);
	CHECK_STRING(take(100), "\x7f\x04\x15");
	CHECK_STRING(screen, "half");
	type("x");
	set_local(0, ICANON);
	CHECK_STRING(take(100), "x");
	type("y\n");
	CHECK_STRING(take(100), "y\n");
}

static void without_echo(void)
{
	start();
	set_local(ECHO, ECHONL);
	type("secret\x7f\x15word\n");
	CHECK_STRING(screen, "\r\n");
	CHECK_STRING(take(100), "word\n");
}

/* A line that is too long keeps its beginning and its end; waiting lines are never lost. */
static void full(void)
{
	u32 taken = 0;

	start();
	set_local(ECHO, 0);
	for (u32 i = 0; i < 2 * LINE_CAPACITY; i++)
		line_input(&line, 'a');
	CHECK_EQUAL(line_available(&line), 0);
	CHECK(line_has_room(&line, 'a'));
	type("\n");
	CHECK_EQUAL(line_available(&line), LINE_CAPACITY);
	CHECK(!line_has_room(&line, 'a') && line_has_room(&line, 0x03));
	CHECK_EQUAL(take(LINE_CAPACITY)[LINE_CAPACITY - 1], '\n');

	/* Goes around the ring many times. */
	for (u32 round = 0; round < 1000; round++) {
		while (line_has_room(&line, '1')) {
			type("12");
			type("\n");
		}
		for (u32 i = 0; i < 1 + round % 7; i++)
			if (line_available(&line)) {
				CHECK_STRING(take(100), "12\n");
				taken++;
			}
	}
	CHECK(taken > 3000);
}

static void set_input(tcflag_t flags)
{
	struct termios2 termios = line.termios;

	termios.c_iflag = flags;
	line_set(&line, &termios);
}

/* ^S and ^Q; and both sent to the typing side, when nobody reads and when somebody does. */
static void flow(void)
{
	start();
	type("a\x13");
	CHECK(line_is_stopped(&line));
	type("\x11");
	CHECK(!line_is_stopped(&line));
	type("\x13\x03");
	CHECK(!line_is_stopped(&line) && last_signal == SIGINT);
	type("\x13");
	set_input(ICRNL);
	CHECK(!line_is_stopped(&line));
	type("\x13\n");
	CHECK_STRING(take(100), "\x13\n");
	set_local(ECHO | ICANON, 0);
	set_input(IXOFF);
	screen_used = 0;
	while (line_has_room(&line, 'x'))
		type("x");
	CHECK_STRING(screen, "\x13");
	while (line_available(&line))
		take(100);
	CHECK_STRING(screen, "\x13\x11");
}

/* No byte crashes it, whatever the settings are. */
static void noise(void)
{
	bool ended;
	u8 buffer[64];

	start();
	for (u32 i = 0; i < 300000; i++) {
		if (unit_random_below(500) == 0) {
			struct termios2 termios;

			for (size_t n = 0; n < sizeof(termios); n++)
				((u8 *)&termios)[n] = (u8)unit_random();
			line_set(&line, &termios);
		}
		u8 byte = (u8)unit_random();

		if (line_has_room(&line, byte))
			line_input(&line, byte);
		if (unit_random_below(8) == 0)
			line_read(&line, buffer, (u32)unit_random_below(sizeof(buffer)), &ended);
		screen_used = 0;
		if (line_available(&line) > LINE_CAPACITY)
			break;
	}
	CHECK(line_available(&line) <= LINE_CAPACITY);
	line_flush(&line);
	CHECK_EQUAL(line_available(&line), 0);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "lines", lines },
		{ "erasing", erasing },
		{ "wide characters", wide_characters },
		{ "marks of errors", marks },
		{ "end of file", end_of_file },
		{ "signals", signals },
		{ "raw", raw },
		{ "without echo", without_echo },
		{ "full", full },
		{ "flow", flow },
		{ "noise", noise },
	};

	return UNIT_RUN(cases);
}
