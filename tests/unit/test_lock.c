/*
 * The kernel's own locks (arch/riscv/lock.h), on one thread: while one waits, others come and go.
 * If one of the others has to wait as well, it gives up, and reports that it was held off.
 */
#include "arch/riscv/lock.h"

#include <setjmp.h>

#include "tests/unit/unit.h"

#define TURNS_MOST (100 * RWLOCK_PATIENCE)

static struct rwlock lock;
static u32 turns;

/* What others do while one waits. */
static void (*meanwhile)(void);

static jmp_buf held_off;
static bool trying; /* one of the others is taking the lock */

void cpu_relax(void)
{
	if (trying)
		longjmp(held_off, 1);
	meanwhile();
}

/* Whether the lock can be taken; false: that is held off. */
static bool can(void (*take)(struct rwlock *lock))
{
	if (setjmp(held_off)) {
		trying = false;
		return false;
	}
	trying = true;
	take(&lock);
	trying = false;
	return true;
}

static void take_to_write(struct rwlock *taken) NO_THREAD_SAFETY_ANALYSIS
{
	write_lock(taken);
}

static void take_to_read(struct rwlock *taken) NO_THREAD_SAFETY_ANALYSIS
{
	read_lock(taken);
}

/* The writer releases the lock, and comes straight back. */
static void write_again(void) NO_THREAD_SAFETY_ANALYSIS
{
	write_unlock(&lock);
	if (++turns < TURNS_MOST)
		can(take_to_write);
}

static void reader_among_writers(void) NO_THREAD_SAFETY_ANALYSIS
{
	turns = 0;
	meanwhile = write_again;
	write_lock(&lock);
	read_lock(&lock);
	CHECK(turns <= RWLOCK_PATIENCE);
	read_unlock(&lock);
	/* Writers are held off no longer than that. */
	CHECK(can(take_to_write));
	write_unlock(&lock);
}

static void read_more(void) NO_THREAD_SAFETY_ANALYSIS
{
	CHECK(!can(take_to_read));
	read_unlock(&lock);
}

static void writer_among_readers(void) NO_THREAD_SAFETY_ANALYSIS
{
	meanwhile = read_more;
	read_lock(&lock);
	CHECK(can(take_to_read));
	read_unlock(&lock);
	write_lock(&lock);
	CHECK(!can(take_to_read));
	CHECK(!can(take_to_write));
	write_unlock(&lock);
	CHECK_EQUAL(lock.state, 0);
	CHECK_EQUAL(lock.starving, 0);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "writers who come straight back let a reader in", reader_among_writers },
		{ "readers who come let a writer in", writer_among_readers },
	};

	return UNIT_RUN(cases);
}
