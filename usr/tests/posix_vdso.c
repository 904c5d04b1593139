/* The vDSO: a shared object in memory whose functions do some calls' work without the kernel. */
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/elf.h"
#include "usr/tests/posixtest.h"

#define SECOND 1000000000l

/* What a C library needs to know about it. */
struct image {
	const char *base;
	const Elf64_Sym *symbols;
	const char *strings;
	unsigned int count;
};

static struct image read_image(void)
{
	struct image image = { .base = (const char *)getauxval(AT_SYSINFO_EHDR) };
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)image.base;

	CHECK(image.base != NULL);
	CHECK(memcmp(header->e_ident, ELFMAG, SELFMAG) == 0);
	const Elf64_Phdr *segment = (const Elf64_Phdr *)(image.base + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++) {
		if (segment[i].p_type != PT_DYNAMIC)
			continue;
		const Elf64_Dyn *entry = (const Elf64_Dyn *)(image.base + segment[i].p_vaddr);
		for (; entry->d_tag != DT_NULL; entry++) {
			const void *at = image.base + entry->d_val;

			if (entry->d_tag == DT_SYMTAB)
				image.symbols = at;
			else if (entry->d_tag == DT_STRTAB)
				image.strings = at;
			else if (entry->d_tag == DT_HASH)
				image.count = ((const unsigned int *)at)[1];
		}
	}
	CHECK(image.symbols != NULL && image.strings != NULL && image.count > 1);
	return image;
}

static void *find(const char *name)
{
	struct image image = read_image();

	for (unsigned int i = 1; i < image.count; i++)
		if (strcmp(image.strings + image.symbols[i].st_name, name) == 0)
			return (void *)(image.base + image.symbols[i].st_value);
	FAIL("the vDSO has no %s", name);
}

static long in_nanoseconds(const struct timespec *time)
{
	return time->tv_sec * SECOND + time->tv_nsec;
}

static void vdso_clocks(void)
{
	const long clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI,
		CLOCK_MONOTONIC_RAW };
	long (*gettime)(long, struct timespec *) = find("__vdso_clock_gettime");
	long (*getres)(long, struct timespec *) = find("__vdso_clock_getres");
	struct timespec before, now, after;

	for (int round = 0; round < 1000; round++) {
		for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
			WORKS(clock_gettime, clocks[i], &before);
			CHECK_EQUAL(gettime(clocks[i], &now), 0);
			WORKS(clock_gettime, clocks[i], &after);
			CHECK(in_nanoseconds(&before) <= in_nanoseconds(&now));
			CHECK(in_nanoseconds(&now) <= in_nanoseconds(&after));
		}
	}
	CHECK_EQUAL(gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
	CHECK_EQUAL(gettime(77, &now), -EINVAL);
	CHECK_EQUAL(getres(CLOCK_MONOTONIC, &now), 0);
	CHECK_EQUAL(in_nanoseconds(&now), 1);
	CHECK_EQUAL(getres(CLOCK_MONOTONIC, NULL), 0);
	CHECK_EQUAL(getres(77, &now), -EINVAL);
}

static void vdso_day(void)
{
	long (*getday)(struct timeval *, struct timezone *) = find("__vdso_gettimeofday");
	struct timeval before, now, after;
	struct timezone zone = { 1, 1 };
	struct timespec time, other;

	WORKS(gettimeofday, &before, NULL);
	CHECK_EQUAL(getday(&now, &zone), 0);
	WORKS(gettimeofday, &after, NULL);
	CHECK(before.tv_sec * 1000000 + before.tv_usec <= now.tv_sec * 1000000 + now.tv_usec);
	CHECK(now.tv_sec * 1000000 + now.tv_usec <= after.tv_sec * 1000000 + after.tv_usec);
	CHECK_EQUAL(zone.tz_minuteswest, 0);
	CHECK_EQUAL(getday(NULL, NULL), 0);
	/* The vDSO follows when the clock is set. */
	WORKS(clock_gettime, CLOCK_REALTIME, &time);
	other = time;
	other.tv_sec += 1000;
	WORKS(clock_settime, CLOCK_REALTIME, &other);
	CHECK_EQUAL(getday(&now, NULL), 0);
	time.tv_sec += 60; /* not before the machine's start, however long the host pauses */
	WORKS(clock_settime, CLOCK_REALTIME, &time);
	CHECK(now.tv_sec - before.tv_sec >= 1000);
	GIVES(-EINVAL, clock_settime, CLOCK_MONOTONIC, &time);
	GIVES(-EFAULT, clock_settime, CLOCK_REALTIME, BAD_POINTER);
	GIVES(-EINVAL, clock_settime, CLOCK_REALTIME, &(struct timespec){ 1000, SECOND });
	/* Too late a time: file times are 64 bits of nanoseconds. */
	GIVES(-EINVAL, clock_settime, CLOCK_REALTIME,
		&(struct timespec){ LONG_MAX / SECOND - 1000000, 0 });
}

static void vdso_calls(void)
{
	long (*getcpu)(unsigned int *, unsigned int *, void *) = find("__vdso_getcpu");
	unsigned int hart = 99, node = 99;

	find("__vdso_rt_sigreturn");
	find("__vdso_flush_icache");
	CHECK_EQUAL(getcpu(&hart, &node, NULL), 0);
	CHECK(hart < 64);
	CHECK_EQUAL(node, 0);
}

static void store(void *address)
{
	*(volatile char *)address = 1;
}

/* Neither the code nor the data before it can be written. */
static void vdso_is_read_only(void)
{
	char *base = (char *)read_image().base;

	for (int i = 0; i < 2; i++) {
		int status = tap_in_child(store, base - i * 4096);

		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	}
}

static const struct tap_case cases[] = {
	{ "vdso-clocks", vdso_clocks, 0 },
	{ "vdso-day", vdso_day, 0 },
	{ "vdso-calls", vdso_calls, 0 },
	{ "vdso-is-read-only", vdso_is_read_only, 0 },
};

const struct tap_group posix_vdso_group = TAP_GROUP(cases);
