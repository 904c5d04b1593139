/*
 * The frame of the unit tests: kernel code compiled for the host, under the sanitizers. Each
 * program has a table of cases and prints TAP. A case fails by a CHECK that does not hold.
 */
#pragma once

#include "lib/types.h"

struct unit_case {
	const char *name;
	void (*run)(void);
};

/* Runs all cases; the result is main's. */
int unit_run(const struct unit_case *cases, size_t count);

#define UNIT_RUN(cases) unit_run(cases, ARRAY_SIZE(cases))

/* Notes a failure and goes on; returns whether the condition held. */
bool unit_check(bool held, const char *file, int line, const char *text);

#define CHECK(condition) unit_check(condition, __FILE__, __LINE__, #condition)

bool unit_check_equal(u64 got, u64 wanted, const char *file, int line, const char *text);

#define CHECK_EQUAL(got, wanted) \
	unit_check_equal((u64)(got), (u64)(wanted), __FILE__, __LINE__, #got)

bool unit_check_string(const char *got, const char *wanted, const char *file, int line,
	const char *text);

#define CHECK_STRING(got, wanted) unit_check_string(got, wanted, __FILE__, __LINE__, #got)

/* Whether a function calls panic(). The state that it leaves behind must not be used again. */
bool unit_panics(void (*run)(void));

#define CHECK_PANICS(run) unit_check(unit_panics(run), __FILE__, __LINE__, #run " panics")

/* The same numbers in each run. */
u64 unit_random(void);
/* Below `limit`. */
u64 unit_random_below(u64 limit);

/*
 * From here on unit_random_below() takes its results from these bytes, as long as there are any:
 * so a fuzzer decides.
 */
void unit_random_from(const u8 *data, size_t size);
bool unit_random_is_used_up(void);

/* Whether any CHECK has failed so far. */
bool unit_has_failed(void);

/* A file's bytes, in a block of exactly that size from malloc(). */
u8 *unit_read_file(const char *path, size_t *size);

/* The first `size` bytes in a block of their own, so that reading past them is noticed. */
u8 *unit_copy(const u8 *data, size_t size);
