/*
 * The line discipline. Locks: the caller's (fs/line.h).
 */
#include "fs/line.h"

#include "lib/abi/signal.h"
#include "lib/string.h"

#define TAB_WIDTH  8
#define DELETE     0x7f
#define BACKSPACE  '\b'
#define BELL       '\a'
#define ERROR_MARK 0xff

#define LATIN_LETTERS 0xc0 /* from here on in Latin-1; in UTF-8, first bytes */

#define CONTROL(letter) ((letter)&0x1f)

/* How many waiting bytes make IXOFF ask the sender to stop, and to go on again. */
#define THROTTLE_ABOVE (LINE_CAPACITY / 4 * 3)
#define THROTTLE_BELOW (LINE_CAPACITY / 4)

static const struct termios2 initial_termios = {
	.c_iflag = ICRNL | IXON | IUTF8 | IMAXBEL,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = {
		[VINTR] = CONTROL('C'),
		[VQUIT] = CONTROL('\\'),
		[VERASE] = DELETE,
		[VKILL] = CONTROL('U'),
		[VEOF] = CONTROL('D'),
		[VMIN] = 1,
		[VSTART] = CONTROL('Q'),
		[VSTOP] = CONTROL('S'),
		[VSUSP] = CONTROL('Z'),
		[VREPRINT] = CONTROL('R'),
		[VDISCARD] = CONTROL('O'),
		[VWERASE] = CONTROL('W'),
		[VLNEXT] = CONTROL('V'),
	},
	.c_ispeed = 115200,
	.c_ospeed = 115200,
};

void line_init(struct line *line, void (*echo)(struct line *, const char *, size_t),
	void (*signal)(struct line *, int))
{
	memset(line, 0, sizeof(*line));
	line->termios = initial_termios;
	line->echo = echo;
	line->signal = signal;
}

static bool local(const struct line *line, tcflag_t flag)
{
	return line->termios.c_lflag & flag;
}

/* Whether the character has that function; c_cc 0 means that no character has it. */
static bool is_special(const struct line *line, u8 character, u32 function)
{
	return character && line->termios.c_cc[function] == character;
}

static u8 *byte_at(struct line *line, u32 position)
{
	return &line->data[position % LINE_CAPACITY];
}

static bool is_end(const struct line *line, u32 position)
{
	return bitmap_test(line->ends, position % LINE_CAPACITY);
}

static bool is_control(u8 character)
{
	return character < ' ' || character == DELETE;
}

/* Whether it is a later byte of a UTF-8 character. */
static bool is_continuation(const struct line *line, u8 byte)
{
	return (line->termios.c_iflag & IUTF8) && (byte & 0xc0) == 0x80;
}

/* Columns that the character takes when it is echoed at the given one. */
static u32 width(const struct line *line, u8 character, u32 column)
{
	if (character == '\t')
		return TAB_WIDTH - column % TAB_WIDTH;
	if (is_control(character))
		return local(line, ECHOCTL) ? 2 : 0;
	return is_continuation(line, character) ? 0 : 1;
}

u32 line_output(struct line *line, u8 character, char *out)
{
	tcflag_t flags = line->termios.c_oflag;
	u32 size = 0;

	if (flags & OPOST) {
		if (character == '\r' && (flags & ONOCR) && line->column == 0)
			return 0;
		if (character == '\r' && (flags & OCRNL))
			character = '\n';
		else if (character == '\n' && (flags & ONLCR))
			out[size++] = '\r';
		if ((flags & OLCUC) && character >= 'a' && character <= 'z')
			character -= 'a' - 'A';
		if (character == '\t' && (flags & TABDLY) == XTABS) {
			u32 spaces = width(line, '\t', line->column);

			memset(out, ' ', spaces);
			line->column += spaces;
			return spaces;
		}
	}
	out[size++] = (char)character;
	if (!(flags & OPOST))
		return size;
	if (character == '\r' || (character == '\n' && (flags & (ONLCR | ONLRET))))
		line->column = 0;
	else if (character == BACKSPACE)
		line->column -= line->column ? 1 : 0;
	else if (character == '\t' || !is_control(character))
		line->column += width(line, character, line->column);
	return size;
}

static void echo_byte(struct line *line, u8 byte)
{
	line->echo(line, (const char *)&byte, 1);
}

static void echo_character(struct line *line, u8 character)
{
	if (is_control(character) && local(line, ECHOCTL) && character != '\t' &&
		character != '\n') {
		echo_byte(line, '^');
		character ^= 0x40;
	}
	echo_byte(line, character);
}

static void append(struct line *line, u8 character, bool end)
{
	*byte_at(line, line->written) = character;
	bitmap_assign(line->ends, line->written % LINE_CAPACITY, end);
	line->written++;
}

static u32 room(const struct line *line)
{
	return LINE_CAPACITY - (line->written - line->read);
}

/* Whether `count` bytes do not fit. While a line is edited, the last place is kept for its end. */
static bool is_full(const struct line *line, u32 count)
{
	return room(line) < count + (local(line, ICANON) ? 1 : 0);
}

/* With PARMRK, the byte that marks line errors is doubled when it is data. */
static u32 copies_of(const struct line *line, u8 character)
{
	return character == ERROR_MARK && (line->termios.c_iflag & PARMRK) ? 2 : 1;
}

bool line_has_room(const struct line *line, u8 character)
{
	if (!is_full(line, copies_of(line, character)) || line->committed == line->read)
		return true;
	return local(line, ISIG) &&
		(is_special(line, character, VINTR) || is_special(line, character, VQUIT) ||
			is_special(line, character, VSUSP));
}

/* With ECHOPRT: ends the erased text, which stands between a backslash and this slash. */
static void finish_erasing(struct line *line)
{
	if (line->erasing)
		echo_byte(line, '/');
	line->erasing = false;
}

static void add_character(struct line *line, u8 character)
{
	u32 copies = copies_of(line, character);

	if (is_full(line, copies)) {
		if (line->termios.c_iflag & IMAXBEL)
			echo_byte(line, BELL);
		return;
	}
	finish_erasing(line);
	if (line->written == line->committed)
		line->start_column = line->column;
	while (copies--)
		append(line, character, false);
	if (local(line, ECHO))
		echo_character(line, character);
	if (!local(line, ICANON))
		line->committed = line->written;
}

/* The column behind the line that is being edited, as it was echoed. */
static u32 end_column(struct line *line)
{
	u32 column = line->start_column;

	for (u32 at = line->committed; at != line->written; at++)
		column += width(line, *byte_at(line, at), column);
	return column;
}

/* ECHOPRT, for paper: shows the erased character, whose bytes are still in the buffer. */
static void print_erased(struct line *line, u32 end)
{
	if (!line->erasing)
		echo_byte(line, '\\');
	line->erasing = true;
	for (u32 at = line->written; at != end; at++)
		echo_character(line, *byte_at(line, at));
}

/* Where the character before `at` begins, in the line that is being edited. */
static u32 character_before(struct line *line, u32 at)
{
	do {
		at--;
	} while (at != line->committed && is_continuation(line, *byte_at(line, at)));
	return at;
}

/* Erases all from `start` on from the line that is being edited, and from the screen. */
static void erase_from(struct line *line, u32 start)
{
	bool prints = local(line, ECHOPRT), wipes = local(line, ECHOE);
	u32 before = end_column(line), after;

	while (line->written != start) {
		u32 end = line->written;

		line->written = character_before(line, end);
		if (local(line, ECHO) && prints)
			print_erased(line, end);
		else if (local(line, ECHO) && !wipes)
			echo_character(line, line->termios.c_cc[VERASE]);
	}
	if (!local(line, ECHO) || prints || !wipes)
		return;
	for (after = end_column(line); before > after; before--)
		line->echo(line, "\b \b", 3);
}

static bool is_editing(const struct line *line)
{
	return line->written != line->committed;
}

/* Letters, digits and underscores. With UTF-8, where the first byte decides: all beyond ASCII. */
static bool is_of_word(u8 byte)
{
	u8 letter = byte | 0x20;

	return (letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
		byte >= LATIN_LETTERS;
}

static void erase_word(struct line *line)
{
	u32 start = line->written;
	bool in_word = false;

	while (start != line->committed) {
		u32 before = character_before(line, start);
		bool of_word = is_of_word(*byte_at(line, before));

		if (in_word && !of_word)
			break;
		in_word |= of_word;
		start = before;
	}
	erase_from(line, start);
}

static void kill_line(struct line *line)
{
	const tcflag_t visibly = ECHOK | ECHOKE | ECHOE;

	if (local(line, ECHO) && (line->termios.c_lflag & visibly) != visibly) {
		line->written = line->committed;
		finish_erasing(line);
		echo_character(line, line->termios.c_cc[VKILL]);
		if (local(line, ECHOK))
			echo_byte(line, '\n');
		return;
	}
	erase_from(line, line->committed);
}

static void reprint(struct line *line)
{
	finish_erasing(line);
	echo_character(line, line->termios.c_cc[VREPRINT]);
	echo_byte(line, '\n');
	line->start_column = 0;
	for (u32 at = line->committed; at != line->written; at++)
		echo_character(line, *byte_at(line, at));
}

/* Ends the line that is being edited; `character` belongs to it, a zero stands for end of file. */
static void end_line(struct line *line, u8 character)
{
	append(line, character, true);
	line->committed = line->written;
}

/* Editing: true if the character was an editing character. */
static bool edit(struct line *line, u8 character)
{
	bool extended = local(line, IEXTEN);

	if (is_special(line, character, VERASE) || character == BACKSPACE) {
		if (is_editing(line))
			erase_from(line, character_before(line, line->written));
	} else if (is_special(line, character, VKILL)) {
		if (is_editing(line))
			kill_line(line);
	} else if (is_special(line, character, VWERASE) && extended) {
		erase_word(line);
	} else if (is_special(line, character, VREPRINT) && extended && local(line, ECHO)) {
		reprint(line);
	} else if (is_special(line, character, VEOF)) {
		end_line(line, 0);
	} else if (character == '\n') {
		finish_erasing(line);
		if (local(line, ECHO) || local(line, ECHONL))
			echo_byte(line, '\n');
		end_line(line, '\n');
	} else if (is_special(line, character, VEOL) || is_special(line, character, VEOL2)) {
		if (local(line, ECHO))
			echo_character(line, character);
		end_line(line, character);
	} else {
		return false;
	}
	return true;
}

static int signal_of(const struct line *line, u8 character)
{
	if (is_special(line, character, VINTR))
		return SIGINT;
	if (is_special(line, character, VQUIT))
		return SIGQUIT;
	return is_special(line, character, VSUSP) ? SIGTSTP : 0;
}

/* True if the character sends a signal. */
static bool send_signal(struct line *line, u8 character)
{
	int signal = signal_of(line, character);

	if (!signal)
		return false;
	if (!local(line, NOFLSH))
		line_flush(line);
	if (line->termios.c_iflag & IXON)
		line->stopped = false;
	if (local(line, ECHO))
		echo_character(line, character);
	line->signal(line, signal);
	return true;
}

/* True if the character stops or starts the output. */
static bool control_flow(struct line *line, u8 character)
{
	bool start = is_special(line, character, VSTART);

	if (!start && !is_special(line, character, VSTOP))
		return false;
	line->stopped = !start;
	return true;
}

void line_send(struct line *line, u32 function)
{
	echo_byte(line, line->termios.c_cc[function]);
}

/* Asks the typing side to stop when there is little room, and to go on when there is much. */
static void throttle(struct line *line)
{
	u32 used = line->written - line->read;

	if (!(line->termios.c_iflag & IXOFF) ||
		(line->throttled ? used > THROTTLE_BELOW : used < THROTTLE_ABOVE))
		return;
	line->throttled = !line->throttled;
	line_send(line, line->throttled ? VSTOP : VSTART);
}

/* Changes a character as the input flags say. False: they drop it. */
static bool translate(tcflag_t flags, u8 *character)
{
	if (*character == '\r') {
		if (flags & ICRNL)
			*character = '\n';
		return !(flags & IGNCR);
	}
	if (*character == '\n' && (flags & INLCR))
		*character = '\r';
	return true;
}

static void take_character(struct line *line, u8 character)
{
	if (!translate(line->termios.c_iflag, &character))
		return;
	if (local(line, ICANON)) {
		if (edit(line, character))
			return;
		if (is_special(line, character, VLNEXT) && local(line, IEXTEN)) {
			line->literal = true;
			finish_erasing(line);
			if (local(line, ECHO) && local(line, ECHOCTL))
				line->echo(line, "^\b", 2);
			return;
		}
	}
	add_character(line, character);
}

void line_input(struct line *line, u8 character)
{
	tcflag_t flags = line->termios.c_iflag;

	if (flags & ISTRIP)
		character &= 0x7f;
	if ((flags & IUCLC) && local(line, IEXTEN) && character >= 'A' && character <= 'Z')
		character += 'a' - 'A';
	if (line->literal) {
		line->literal = false;
		add_character(line, character);
	} else if (!((flags & IXON) && control_flow(line, character)) &&
		!(local(line, ISIG) && send_signal(line, character))) {
		if ((flags & IXON) && (flags & IXANY))
			line->stopped = false;
		take_character(line, character);
	}
	throttle(line);
}

u32 line_available(const struct line *line)
{
	/* Bytes that are read in the meantime must not make the number negative. */
	u32 read = __atomic_load_n(&line->read, __ATOMIC_ACQUIRE);

	return __atomic_load_n(&line->committed, __ATOMIC_RELAXED) - read;
}

u32 line_read(struct line *line, u8 *buffer, u32 size, bool *ended)
{
	u32 done = 0;

	*ended = false;
	while (line->read != line->committed && !*ended) {
		u8 byte = *byte_at(line, line->read);
		bool end = local(line, ICANON) && is_end(line, line->read);
		bool end_of_file = end && byte == 0;

		/* The end-of-file mark goes with what precedes it, even if the buffer is full. */
		if (done == size && !end_of_file)
			break;
		if (!end_of_file)
			buffer[done++] = byte;
		line->read++;
		*ended = end;
	}
	throttle(line);
	return done;
}

void line_set(struct line *line, const struct termios2 *termios)
{
	bool was_canonical = local(line, ICANON);

	line->termios = *termios;
	if (!(termios->c_iflag & IXON))
		line->stopped = false;
	if (was_canonical && !local(line, ICANON))
		line->committed = line->written;
	if (!was_canonical && local(line, ICANON))
		memset(line->ends, 0, sizeof(line->ends));
}

void line_flush(struct line *line)
{
	line->read = line->committed = line->written;
	line->literal = false;
	throttle(line);
}
