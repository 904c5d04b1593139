/*
 * Undefined behaviour (-Dsanitize=undefined). The compiler adds a check to each operation that C
 * does not define for all values, which calls one of these functions if it fails. They get a
 * structure with the place in the source and the types, and the values: each in a word or, if it
 * does not fit, by address. The names and layouts are those of clang's own runtime.
 */
#include "lib/format.h"
#include "lib/sanitize.h"
#include "lib/types.h"

#define VALUE_SIZE 24 /* for the text of a number of 64 bits */

struct location {
	const char *file;
	u32 line;
	u32 column;
};

#define TYPE_INTEGER 0

struct type {
	u16 kind; /* TYPE_INTEGER, or something else */
	u16 info; /* of an integer: 2 * log2(bits), plus 1 if it is signed */
	char name[];
};

/* Most checks have one type, some two. */
struct check {
	struct location location;
	const struct type *type;
	const struct type *other;
};

struct access_check {
	struct location location;
	const struct type *type;
	u8 log_alignment;
	u8 kind; /* index into `accesses` */
};

struct argument_check {
	struct location location, attribute;
	s32 argument;
};

static const char *const accesses[] = { "load", "store", "reference", "member access" };

/* The value as C would write it, in text[VALUE_SIZE], which is returned. */
static const char *show(char *text, const struct type *type, u64 value)
{
	unsigned int unused_bits = 64 - (1u << (type->info >> 1));

	if (type->kind != TYPE_INTEGER)
		snprintf(text, VALUE_SIZE, "0x%lx", value);
	else if (type->info & 1)
		snprintf(text, VALUE_SIZE, "%ld", (s64)(value << unused_bits) >> unused_bits);
	else
		snprintf(text, VALUE_SIZE, "%lu", value);
	return text;
}

#define REPORT(check, format, ...)                                                        \
	sanitize_report("undefined behaviour: %s:%u:%u: " format, (check)->location.file, \
		(check)->location.line, (check)->location.column, ##__VA_ARGS__)

/* Only compiled code calls them: no header declares them. */
#define HANDLER(name, ...)                       \
	void __ubsan_handle_##name(__VA_ARGS__); \
	void __ubsan_handle_##name(__VA_ARGS__)

static void report_overflow(const struct check *check, u64 left, char operator, u64 right)
{
	char a[VALUE_SIZE], b[VALUE_SIZE];

	REPORT(check, "overflow: %s %c %s does not fit %s", show(a, check->type, left), operator,
		show(b, check->type, right), check->type->name);
}

HANDLER(add_overflow, const struct check *check, u64 left, u64 right)
{
	report_overflow(check, left, '+', right);
}

HANDLER(sub_overflow, const struct check *check, u64 left, u64 right)
{
	report_overflow(check, left, '-', right);
}

HANDLER(mul_overflow, const struct check *check, u64 left, u64 right)
{
	report_overflow(check, left, '*', right);
}

/* Division by zero, too. */
HANDLER(divrem_overflow, const struct check *check, u64 left, u64 right)
{
	report_overflow(check, left, '/', right);
}

HANDLER(negate_overflow, const struct check *check, u64 value)
{
	report_overflow(check, 0, '-', value);
}

HANDLER(shift_out_of_bounds, const struct check *check, u64 value, u64 distance)
{
	char a[VALUE_SIZE], b[VALUE_SIZE];

	REPORT(check, "shift: %s by %s in %s", show(a, check->type, value),
		show(b, check->other, distance), check->type->name);
}

HANDLER(out_of_bounds, const struct check *check, u64 index)
{
	char text[VALUE_SIZE];

	REPORT(check, "index %s is out of bounds of %s", show(text, check->other, index),
		check->type->name);
}

HANDLER(pointer_overflow, const struct check *check, u64 base, u64 result)
{
	REPORT(check, "pointer overflow: from 0x%lx to 0x%lx", base, result);
}

HANDLER(type_mismatch_v1, const struct access_check *check, u64 address)
{
	const char *access = check->kind < ARRAY_SIZE(accesses) ? accesses[check->kind] : "access";

	if (!address)
		REPORT(check, "null pointer: %s of %s", access, check->type->name);
	if (!is_aligned(address, 1UL << check->log_alignment))
		REPORT(check, "misaligned: %s of %s at 0x%lx", access, check->type->name, address);
	REPORT(check, "object too small: %s of %s at 0x%lx", access, check->type->name, address);
}

HANDLER(alignment_assumption, const struct check *check, u64 address, u64 alignment)
{
	REPORT(check, "misaligned: 0x%lx is taken to be aligned to %lu", address, alignment);
}

HANDLER(load_invalid_value, const struct check *check, u64 value)
{
	char text[VALUE_SIZE];

	REPORT(check, "%s is no value of %s", show(text, check->type, value), check->type->name);
}

HANDLER(implicit_conversion, const struct check *check, u64 from, u64 to)
{
	char a[VALUE_SIZE], b[VALUE_SIZE];

	REPORT(check, "conversion: %s becomes %s", show(a, check->type, from),
		show(b, check->other, to));
}

HANDLER(vla_bound_not_positive, const struct check *check, u64 bound)
{
	char text[VALUE_SIZE];

	REPORT(check, "an array of %s elements", show(text, check->type, bound));
}

HANDLER(function_type_mismatch, const struct check *check, u64 function)
{
	REPORT(check, "function 0x%lx called as if it were %s", function, check->type->name);
}

HANDLER(nonnull_arg, const struct argument_check *check)
{
	REPORT(check, "null pointer: argument %d must not be one", check->argument);
}

HANDLER(nonnull_return_v1, const struct check *check UNUSED, const struct check *at)
{
	REPORT(at, "null pointer: returned by a function that must not");
}

HANDLER(builtin_unreachable, const struct check *check)
{
	REPORT(check, "what was said to be out of reach is reached");
}

/* __builtin_ctz() and its kin. */
HANDLER(invalid_builtin, const struct check *check)
{
	REPORT(check, "a count of the zeroes of 0");
}
