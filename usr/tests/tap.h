/*
 * The harness that the test programs share.
 *
 * Each case runs in a process of its own, which leads its own process group, has a time limit, and
 * starts in an empty scratch directory. A case that returns has passed. What it leaves behind
 * (processes, files) is cleared away, and on Cowslip the memory ledger must then agree and show at
 * least as many free pages as before. Results are printed as TAP.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tap_case {
	const char *name;
	void (*run)(void);
	unsigned int flags; /* TAP_* */
};

#define TAP_SLOW    (1u << 0) /* left out by -q */
#define TAP_COWSLIP (1u << 1) /* skipped on Linux: needs Cowslip's own files under /proc */

struct tap_group {
	const struct tap_case *cases;
	size_t count;
};

#define TAP_GROUP(cases)                                    \
	{                                                   \
		(cases), sizeof(cases) / sizeof((cases)[0]) \
	}

struct tap_suite {
	const char *name;
	const struct tap_group *groups;
	size_t group_count;
	const char *last_line; /* printed if every case passed */
};

/*
 * The whole of a test program's main(). Arguments: -q leaves out slow cases, -l lists the cases,
 * -s N multiplies the duration of timed cases, -t N sets the time limit in seconds; names select
 * cases. Returns the exit status: 0 when all passed.
 */
int tap_main(int argc, char **argv, const struct tap_suite *suite);

/* The argument of -s; 1 when not given. */
unsigned int tap_scale(void);

/* The name of the running case, by which a table-driven test finds its subject. */
const char *tap_case_name(void);

/* The absolute path of the running program, to execute it again. */
const char *tap_program(void);

/* Makes a copy of the running program under another name, or over another copy. */
void tap_copy_program(const char *name, unsigned int mode, unsigned int user, unsigned int group);

/* The absolute path of another test program, installed beside this one. */
const char *tap_sibling(const char *name);

/* Prints one line, beginning with "# ", with a single write(). */
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Ends the calling process. In the case's own process that ends the case; the first reason given by
 * any process of the case is the one reported. A child's failure must be passed on by its parent:
 * see tap_join().
 */
void tap_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn));
void tap_skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* From here on the reason for a failure in this process begins with this name of a place. */
void tap_place(const char *name);

#define FAIL(...) tap_fail(__FILE__, __LINE__, __VA_ARGS__)

#define CHECK(condition)                                                  \
	do {                                                              \
		if (!(condition))                                         \
			FAIL("not so: %s (errno %d)", #condition, errno); \
	} while (0)

/* Compares both sides as long; the values are part of the report. */
#define CHECK_EQUAL(left, right)                                                                 \
	do {                                                                                     \
		long left_value = (long)(left);                                                  \
		long right_value = (long)(right);                                                \
		if (left_value != right_value)                                                   \
			FAIL("%s is %ld, not %ld (%s)", #left, left_value, right_value, #right); \
	} while (0)

/* The call returns -1 and leaves the errno given. */
#define CHECK_ERROR(call, expected)                                                      \
	do {                                                                             \
		errno = 0;                                                               \
		long call_result = (long)(call);                                         \
		if (call_result != -1 || errno != (expected))                            \
			FAIL("%s gave %ld, errno %d, not %s", #call, call_result, errno, \
				#expected);                                              \
	} while (0)

/* fork() that must succeed; nothing buffered is written twice. */
int tap_fork(void);

/* Waits for the child, which must exit with status 0. */
void tap_join(int pid);

/* Waits for the child, which must die of the signal. */
void tap_join_killed(int pid, int signal);

/* Waits for the child and returns its wait status. */
int tap_wait(int pid);

/* Runs body(argument) in a child and returns its wait status. A body that returns exits with 0. */
int tap_in_child(void (*body)(void *), void *argument);

/*
 * How long a process lives that runs the body; `killed`: if it is killed a few milliseconds after it
 * has begun with that.
 */
unsigned long tap_life_of(void (*body)(void), bool killed);

/* Fails unless a process that is killed meanwhile lives less than half as long. */
void tap_check_killable(void (*body)(void));

/*
 * Waits until the process sleeps: until then it may not have reached the call in which it is to be
 * met. Its memory is not touched. Fails the case if the process has ended, or never sleeps.
 */
void tap_wait_until_asleep(int pid);

/* The same for a thread of the calling process. */
void tap_wait_until_thread_sleeps(unsigned int tid);

/*
 * A gate between processes: made before fork; gate_wait() sleeps until another process has called
 * gate_open() once for each waiter.
 */
struct gate {
	int ends[2];
};

void gate_init(struct gate *gate);
void gate_open(struct gate *gate);
void gate_wait(struct gate *gate);
void gate_close(struct gate *gate);

void sleep_milliseconds(unsigned int milliseconds);
unsigned long now_nanoseconds(void);
