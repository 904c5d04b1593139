/*
 * A line from a terminal: the terminal is raw while the line is edited, and restored when the
 * line is done. The keys are those of every shell: arrows, Home, End, Delete, Backspace,
 * Tab, and with Ctrl: A E start and end, B F left and right, U K W erase, L clear, P N history,
 * C give up, D end of input.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "usr/sh/sh.h"

#define LINE_SIZE       4096
#define HISTORY_SIZE    100
#define DEFAULT_COLUMNS 80

#define CTRL(letter) ((letter)&0x1f)
#define BACKSPACE    0x7f
#define ESCAPE       0x1b

/* Keys that come as several bytes; their numbers are those of no byte. */
enum key { KEY_NONE = 0x100, KEY_UP, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END, KEY_DELETE };

struct editor {
	const char *prompt;
	char line[LINE_SIZE];
	size_t length;
	size_t cursor;
	int recalled;          /* how far back in history; 0: the line being typed */
	char typed[LINE_SIZE]; /* that line, while older ones are shown */
};

static char *history[HISTORY_SIZE]; /* the newest last */
static int history_count;

void history_print(void)
{
	for (int i = 0; i < history_count; i++)
		printf("%3d  %s\n", i + 1, history[i]);
}

static void history_add(const char *line)
{
	char *copy;

	if (!*line || (history_count && strcmp(history[history_count - 1], line) == 0))
		return;
	copy = strdup(line);
	if (!copy)
		return;
	if (history_count == HISTORY_SIZE) {
		free(history[0]);
		memmove(history, history + 1, sizeof(history) - sizeof(history[0]));
		history_count--;
	}
	history[history_count++] = copy;
}

static int read_byte(void)
{
	unsigned char byte;

	return read(STDIN_FILENO, &byte, 1) == 1 ? byte : EOF;
}

/* ESC [ letter, ESC O letter, or ESC [ digits ~; a number after ; is for Shift, Ctrl and Alt. */
static int read_escape(void)
{
	int byte = read_byte(), number = 0;
	bool modified = false;

	if (byte != '[' && byte != 'O')
		return KEY_NONE;
	while (isdigit(byte = read_byte()) || byte == ';') {
		modified |= byte == ';';
		if (!modified)
			number = (10 * number + byte - '0') % 1000;
	}
	switch (byte) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return KEY_RIGHT;
	case 'D':
		return KEY_LEFT;
	case 'H':
		return KEY_HOME;
	case 'F':
		return KEY_END;
	case '~':
		if (number == 1 || number == 7)
			return KEY_HOME;
		if (number == 4 || number == 8)
			return KEY_END;
		if (number == 3)
			return KEY_DELETE;
	}
	return KEY_NONE;
}

static int read_key(void)
{
	int byte = read_byte();

	return byte == ESCAPE ? read_escape() : byte;
}

static size_t terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return DEFAULT_COLUMNS;
	return size.ws_col;
}

/* How many columns a text takes: one for each character. */
static size_t width_of(const char *text, size_t length)
{
	size_t width = 0;

	for (size_t i = 0; i < length; i++)
		width += !continues_character(text[i]);
	return width;
}

/* How many bytes that many columns take, or the length of a text that has fewer. */
static size_t bytes_of(const char *text, size_t width)
{
	size_t length = 0;

	while (text[length] && (width || continues_character(text[length])))
		width -= !continues_character(text[length++]);
	return length;
}

static size_t character_before(const struct editor *editor)
{
	size_t at = editor->cursor;

	while (at && continues_character(editor->line[--at]))
		;
	return at;
}

static size_t character_after(const struct editor *editor)
{
	size_t at = editor->cursor;

	while (at < editor->length && continues_character(editor->line[++at]))
		;
	return at;
}

/* How many characters of the line fit after the prompt. */
static size_t room(const struct editor *editor)
{
	size_t prompt_width = width_of(editor->prompt, strlen(editor->prompt));
	size_t columns = terminal_columns();

	return columns > prompt_width + 1 ? columns - prompt_width - 1 : 1;
}

/* Shows as much of the line as fits, so that the cursor is in the part shown. */
static void redraw(const struct editor *editor)
{
	size_t width = room(editor), column = width_of(editor->line, editor->cursor);
	size_t start = column > width ? bytes_of(editor->line, column - width) : 0;
	size_t shown = bytes_of(editor->line + start, width);

	printf("\r%s%.*s\033[K", editor->prompt, (int)shown, editor->line + start);
	if (editor->cursor < start + shown)
		printf("\r\033[%zuC",
			width_of(editor->prompt, strlen(editor->prompt)) +
				width_of(editor->line + start, editor->cursor - start));
	fflush(stdout);
}

static void insert(struct editor *editor, char character)
{
	if (editor->length + 1 == LINE_SIZE) {
		putchar('\a');
		return;
	}
	memmove(editor->line + editor->cursor + 1, editor->line + editor->cursor,
		editor->length - editor->cursor + 1);
	editor->line[editor->cursor++] = character;
	editor->length++;
}

/* Removes the text between `from` and `to`, and leaves the cursor there. */
static void erase(struct editor *editor, size_t from, size_t to)
{
	memmove(editor->line + from, editor->line + to, editor->length - to + 1);
	editor->length -= to - from;
	editor->cursor = from;
}

static size_t word_start(const struct editor *editor)
{
	size_t start = editor->cursor;

	while (start && editor->line[start - 1] == ' ')
		start--;
	while (start && editor->line[start - 1] != ' ')
		start--;
	return start;
}

static void recall(struct editor *editor, int step)
{
	int wanted = editor->recalled + step;

	if (wanted < 0 || wanted > history_count)
		return;
	if (editor->recalled == 0)
		strcpy(editor->typed, editor->line);
	editor->recalled = wanted;
	strlcpy(editor->line, wanted ? history[history_count - wanted] : editor->typed, LINE_SIZE);
	editor->length = editor->cursor = strlen(editor->line);
}

static void complete_word(struct editor *editor)
{
	editor->cursor = complete(editor->line, LINE_SIZE, editor->cursor);
	editor->length = strlen(editor->line);
}

static void apply_key(struct editor *editor, int key)
{
	switch (key) {
	case KEY_LEFT:
	case CTRL('B'):
		editor->cursor = character_before(editor);
		break;
	case KEY_RIGHT:
	case CTRL('F'):
		editor->cursor = character_after(editor);
		break;
	case KEY_HOME:
	case CTRL('A'):
		editor->cursor = 0;
		break;
	case KEY_END:
	case CTRL('E'):
		editor->cursor = editor->length;
		break;
	case KEY_UP:
	case CTRL('P'):
		recall(editor, 1);
		break;
	case KEY_DOWN:
	case CTRL('N'):
		recall(editor, -1);
		break;
	case BACKSPACE:
	case CTRL('H'):
		erase(editor, character_before(editor), editor->cursor);
		break;
	case KEY_DELETE:
	case CTRL('D'):
		erase(editor, editor->cursor, character_after(editor));
		break;
	case CTRL('U'):
		erase(editor, 0, editor->cursor);
		break;
	case CTRL('K'):
		erase(editor, editor->cursor, editor->length);
		break;
	case CTRL('W'):
		erase(editor, word_start(editor), editor->cursor);
		break;
	case CTRL('L'):
		fputs("\033[H\033[2J", stdout);
		break;
	case '\t':
		complete_word(editor);
		break;
	default:
		if (key < KEY_NONE && !iscntrl(key))
			insert(editor, (char)key);
	}
}

/* A character at the end of the line, the usual case, is echoed; any other key redraws the line. */
static void handle_key(struct editor *editor, int key)
{
	size_t length = editor->length;
	bool at_end = editor->cursor == length && length < room(editor);

	apply_key(editor, key);
	if (at_end && editor->length > length && key < KEY_NONE && !iscntrl(key))
		putchar(key);
	else
		redraw(editor);
	fflush(stdout);
}

/* False at the end of input. */
static bool edit(struct editor *editor)
{
	fputs(editor->prompt, stdout);
	fflush(stdout);
	for (;;) {
		int key = read_key();

		if (key == '\r' || key == '\n')
			break;
		if (key == EOF || (key == CTRL('D') && !editor->length))
			return false;
		if (key == CTRL('C')) {
			fputs("^C", stdout);
			editor->line[0] = '\0';
			shell.interrupted = true;
			return true;
		}
		handle_key(editor, key);
	}
	if (editor->cursor < editor->length) {
		editor->cursor = editor->length;
		redraw(editor);
	}
	return true;
}

char *edit_line(const char *prompt)
{
	struct editor editor = { .prompt = prompt };
	struct termios before, raw;
	bool more;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return NULL;
	raw = before;
	cfmakeraw(&raw);
	raw.c_oflag = before.c_oflag;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	more = edit(&editor);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	putchar('\n');
	fflush(stdout);
	if (!more)
		return NULL;
	history_add(editor.line);
	return arena_copy(editor.line, strlen(editor.line));
}
