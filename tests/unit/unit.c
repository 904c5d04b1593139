/*
 * The frame of the unit tests (unit.h), and what stands in for the kernel log.
 */
#include "tests/unit/unit.h"

#include <setjmp.h>

#include "arch/riscv/lock.h"
#include "lib/log.h"
#include "lib/string.h"

static bool case_failed;
static jmp_buf *panic_expected;
#define RANDOM_SEED 0x9e3779b97f4a7c15
static u64 random_state = RANDOM_SEED;
static const u8 *random_bytes;
static size_t random_left;

_Thread_local u32 machine_locks_held;
void (*machine_before_locking)(void), (*machine_after_reading)(void);

static void (*act_at_lock)(void);
static u32 locks_left;

static void count_lock(void)
{
	if (locks_left--)
		machine_before_locking = count_lock;
	else
		act_at_lock();
}

void machine_act_after_locks(u32 locks, void (*act)(void))
{
	act_at_lock = act;
	locks_left = locks;
	machine_before_locking = count_lock;
}

bool machine_has_acted(void)
{
	bool acted = !machine_before_locking;

	machine_before_locking = NULL;
	return acted;
}

static bool fail(const char *file, int line)
{
	case_failed = true;
	printf("# %s:%d: ", file, line);
	return false;
}

bool unit_check(bool held, const char *file, int line, const char *text)
{
	if (held)
		return true;
	fail(file, line);
	printf("%s\n", text);
	return false;
}

bool unit_check_equal(u64 got, u64 wanted, const char *file, int line, const char *text)
{
	if (got == wanted)
		return true;
	fail(file, line);
	printf("%s is %#lx, not %#lx\n", text, got, wanted);
	return false;
}

bool unit_check_string(const char *got, const char *wanted, const char *file, int line,
	const char *text)
{
	if (got && wanted && strcmp(got, wanted) == 0)
		return true;
	fail(file, line);
	printf("%s is \"%s\", not \"%s\"\n", text, got ? got : "(null)", wanted);
	return false;
}

int unit_run(const struct unit_case *cases, size_t count)
{
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		case_failed = false;
		cases[i].run();
		printf("%s %zu - %s\n", case_failed ? "not ok" : "ok", i + 1, cases[i].name);
		failed += case_failed;
	}
	return failed != 0;
}

bool unit_panics(void (*run)(void))
{
	jmp_buf back;

	if (setjmp(back) != 0)
		return true;
	panic_expected = &back;
	run();
	panic_expected = NULL;
	return false;
}

u64 unit_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

u64 unit_random_below(u64 limit)
{
	u64 value = 0;

	if (!random_left)
		return unit_random() % limit;
	for (u64 range = limit; range > 1 && random_left; range >>= 8, random_left--)
		value = value << 8 | *random_bytes++;
	return value % limit;
}

void unit_random_from(const u8 *data, size_t size)
{
	random_bytes = data;
	random_left = size;
	random_state = RANDOM_SEED;
}

bool unit_random_is_used_up(void)
{
	return random_bytes && !random_left;
}

bool unit_has_failed(void)
{
	return case_failed;
}

static NORETURN void give_up(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

u8 *unit_copy(const u8 *data, size_t size)
{
	u8 *copy = malloc(size ? size : 1);

	if (!copy)
		give_up("no memory");
	for (size_t i = 0; i < size; i++)
		copy[i] = data[i];
	return copy;
}

u8 *unit_read_file(const char *path, size_t *size)
{
	static u8 buffer[MIB(16)];
	FILE *file = fopen(path, "rb");

	if (!file)
		give_up(path);
	*size = fread(buffer, 1, sizeof(buffer), file);
	fclose(file);
	return unit_copy(buffer, *size);
}

void log_line(int level, const char *format, ...)
{
	va_list arguments;

	printf("# log %d: ", level);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

void log_raw(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}

void panic(const char *format, ...)
{
	va_list arguments;

	if (panic_expected) {
		jmp_buf *back = panic_expected;

		panic_expected = NULL;
		longjmp(*back, 1);
	}
	printf("# panic: ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	give_up("panic");
}
