/*
 * The engine behind every formatted text: reads a format and hands pieces to a sink. No state, no
 * locks; called by the log, by procfs, and wherever text is put together.
 */
#include "lib/format.h"

#include "lib/string.h"

/* One conversion as written between the % and its letter. */
struct conversion {
	bool left;      /* - */
	bool zero;      /* 0 */
	bool plus;      /* + */
	bool space;     /* space */
	bool alternate; /* # */
	int width;
	int precision; /* negative: none given */
	u8 length;     /* bytes of an integer argument */
};

/* A sink, the number of bytes that went to it so far, and the arguments that are left. */
struct output {
	struct format_sink *sink;
	size_t written;
	va_list arguments;
};

/* The digits of 2^64 - 1 in octal, the longest number. */
#define DIGITS_MAX 22
#define WIDTH_MAX  4096

static void emit(struct output *output, const char *text, size_t length)
{
	if (!length)
		return;
	output->sink->write(output->sink, text, length);
	output->written += length;
}

static void emit_repeated(struct output *output, char character, int count)
{
	char piece[16];

	memset(piece, character, sizeof(piece));
	while (count > 0) {
		int length = min(count, (int)sizeof(piece));

		emit(output, piece, length);
		count -= length;
	}
}

static void emit_text(struct output *output, const struct conversion *conversion, const char *text,
	size_t length)
{
	int padding = conversion->width - (int)length;

	if (!conversion->left)
		emit_repeated(output, ' ', padding);
	emit(output, text, length);
	if (conversion->left)
		emit_repeated(output, ' ', padding);
}

/* Writes the digits in front of `end` and returns where they begin; none for 0. */
static char *digits_before(char *end, u64 value, unsigned int base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value /= base)
		*--end = digits[value % base];
	return end;
}

/* A number is: blanks, sign or 0x, zeros, digits, blanks. */
static void emit_number(struct output *output, const struct conversion *conversion, u64 value,
	unsigned int base, bool upper, const char *prefix)
{
	char buffer[DIGITS_MAX];
	char *end = buffer + sizeof(buffer);
	const char *digits = digits_before(end, value, base, upper);
	int count = (int)(end - digits);
	int prefix_length = (int)strlen(prefix);
	int precision = conversion->precision < 0 ? 1 : conversion->precision;
	int zeros = max(precision - count, 0);

	if (base == 8 && conversion->alternate && zeros == 0)
		zeros = 1;

	int padding = max(conversion->width - prefix_length - zeros - count, 0);

	if (conversion->zero && !conversion->left && conversion->precision < 0) {
		zeros += padding;
		padding = 0;
	}
	if (!conversion->left)
		emit_repeated(output, ' ', padding);
	emit(output, prefix, prefix_length);
	emit_repeated(output, '0', zeros);
	emit(output, digits, count);
	if (conversion->left)
		emit_repeated(output, ' ', padding);
}

static void emit_signed(struct output *output, const struct conversion *conversion, s64 value)
{
	u64 magnitude = value < 0 ? -(u64)value : (u64)value;
	const char *sign = value < 0 ? "-" : conversion->plus ? "+" : conversion->space ? " " : "";

	emit_number(output, conversion, magnitude, 10, false, sign);
}

static void emit_unsigned(struct output *output, const struct conversion *conversion, u64 value,
	char letter)
{
	unsigned int base = letter == 'u' ? 10 : letter == 'o' ? 8 : 16;
	const char *prefix = "";

	if (base == 16 && conversion->alternate && value)
		prefix = letter == 'X' ? "0X" : "0x";
	emit_number(output, conversion, value, base, letter == 'X', prefix);
}

static void emit_string(struct output *output, const struct conversion *conversion,
	const char *text)
{
	if (!text)
		text = "(null)";

	size_t length =
		conversion->precision < 0 ? strlen(text) : strnlen(text, conversion->precision);

	emit_text(output, conversion, text, length);
}

/* Reads a decimal number, capped so that a wild format costs little. */
static const char *parse_number(const char *at, int *number)
{
	*number = 0;
	for (; *at >= '0' && *at <= '9'; at++)
		*number = min(*number * 10 + (*at - '0'), WIDTH_MAX);
	return at;
}

static const char *parse_flags(const char *at, struct conversion *conversion)
{
	for (;; at++) {
		switch (*at) {
		case '-':
			conversion->left = true;
			break;
		case '0':
			conversion->zero = true;
			break;
		case '+':
			conversion->plus = true;
			break;
		case ' ':
			conversion->space = true;
			break;
		case '#':
			conversion->alternate = true;
			break;
		default:
			return at;
		}
	}
}

static const char *parse_length(const char *at, struct conversion *conversion)
{
	conversion->length = sizeof(int);
	switch (*at) {
	case 'h':
		conversion->length = sizeof(short);
		if (*++at == 'h') {
			conversion->length = sizeof(char);
			at++;
		}
		return at;
	case 'l':
		conversion->length = sizeof(long);
		return at[1] == 'l' ? at + 2 : at + 1;
	case 'z':
	case 't':
	case 'j':
		conversion->length = sizeof(s64);
		return at + 1;
	default:
		return at;
	}
}

/* `raw` holds an argument of conversion->length bytes in its low end. */
static s64 sign_extended(const struct conversion *conversion, u64 raw)
{
	unsigned int unused_bits = 64 - 8 * conversion->length;

	return (s64)(raw << unused_bits) >> unused_bits;
}

static u64 zero_extended(const struct conversion *conversion, u64 raw)
{
	unsigned int unused_bits = 64 - 8 * conversion->length;

	return raw << unused_bits >> unused_bits;
}

static void parse_width_and_precision(const char **at, struct conversion *conversion,
	struct output *output)
{
	if (**at == '*') {
		int width = va_arg(output->arguments, int);

		conversion->left |= width < 0;
		conversion->width = min(width < 0 ? -(s64)width : (s64)width, (s64)WIDTH_MAX);
		++*at;
	} else {
		*at = parse_number(*at, &conversion->width);
	}

	conversion->precision = -1;
	if (**at != '.')
		return;
	if (*++*at == '*') {
		conversion->precision = va_arg(output->arguments, int);
		++*at;
	} else {
		*at = parse_number(*at, &conversion->precision);
	}
}

/* Prints one conversion, whose letter is `letter`; false if there is no such one. */
static bool convert(struct output *output, struct conversion *conversion, char letter)
{
	u64 raw;
	char character;

	switch (letter) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		raw = conversion->length == sizeof(u64) ? va_arg(output->arguments, u64)
							: va_arg(output->arguments, unsigned int);
		if (letter == 'd' || letter == 'i')
			emit_signed(output, conversion, sign_extended(conversion, raw));
		else
			emit_unsigned(output, conversion, zero_extended(conversion, raw), letter);
		return true;
	case 'p':
		raw = (uintptr_t)va_arg(output->arguments, void *);
		emit_number(output, conversion, raw, 16, false, "0x");
		return true;
	case 's':
		emit_string(output, conversion, va_arg(output->arguments, const char *));
		return true;
	case 'c':
		character = (char)va_arg(output->arguments, int);
		emit_text(output, conversion, &character, 1);
		return true;
	case '%':
		emit(output, "%", 1);
		return true;
	default:
		return false;
	}
}

size_t format_to(struct format_sink *sink, const char *format, va_list arguments)
{
	struct output output = { .sink = sink };

	va_copy(output.arguments, arguments);
	while (*format) {
		const char *start = format;

		while (*format && *format != '%')
			format++;
		emit(&output, start, format - start);
		if (!*format)
			break;

		struct conversion conversion = { 0 };

		start = format++;
		format = parse_flags(format, &conversion);
		parse_width_and_precision(&format, &conversion, &output);
		format = parse_length(format, &conversion);
		if (*format && convert(&output, &conversion, *format)) {
			format++;
		} else {
			emit(&output, start, format - start);
		}
	}
	va_end(output.arguments);
	return output.written;
}

struct buffer_sink {
	struct format_sink sink;
	char *at;
	size_t room; /* not counting the byte for the NUL */
};

static void buffer_write(struct format_sink *sink, const char *text, size_t length)
{
	struct buffer_sink *buffer = container_of(sink, struct buffer_sink, sink);
	size_t copied = min(length, buffer->room);

	memcpy(buffer->at, text, copied);
	buffer->at += copied;
	buffer->room -= copied;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
	struct buffer_sink sink = {
		.sink = { .write = buffer_write },
		.at = buffer,
		.room = size ? size - 1 : 0,
	};
	size_t length = format_to(&sink.sink, format, arguments);

	if (size)
		*sink.at = '\0';
	return (int)length;
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}
