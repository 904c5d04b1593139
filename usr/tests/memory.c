/* Reading the kernel's accounts of memory. Nothing here allocates: buffers are on the stack. */
#include "usr/tests/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "usr/tests/tap.h"

#define LEDGER        "/proc/ledger"
#define LARGEST_SHARE (128 * MIB / PAGE_BYTES)
#define TEXT_BYTES    2048

/* Reads a small text file whole, and terminates it; returns the number of bytes, or -1. */
static long read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;

	size_t length = 0;
	while (length < size - 1) {
		ssize_t count = read(fd, text + length, size - 1 - length);
		if (count <= 0)
			break;
		length += (size_t)count;
	}
	close(fd);
	text[length] = '\0';
	return (long)length;
}

long memory_number_after(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line != NULL && *line != '\0';) {
		if (strncmp(line, name, length) == 0 &&
			(line[length] == ' ' || line[length] == ':' || line[length] == '\t')) {
			const char *digit = line + length + 1;
			while (*digit == ' ' || *digit == '\t')
				digit++;
			return strtol(digit, NULL, 10);
		}
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return -1;
}

static long number_in_file(const char *path, const char *name)
{
	char text[TEXT_BYTES];

	if (read_text(path, text, sizeof(text)) < 0)
		return -1;
	return memory_number_after(text, name);
}

bool memory_has_ledger(void)
{
	static int known; /* 0: not yet asked, 1: yes, 2: no */

	if (known == 0)
		known = access(LEDGER, F_OK) == 0 ? 1 : 2;
	return known == 1;
}

static void note_differences(char *text)
{
	char *line = text;

	while (line != NULL && *line != '\0') {
		char *end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		if (*line == '!')
			tap_note("ledger: %s", line);
		line = end;
	}
}

bool memory_audit(void)
{
	char text[TEXT_BYTES];
	int fd = open(LEDGER, O_WRONLY | O_CLOEXEC);

	if (fd < 0) {
		tap_note("ledger: cannot be opened, errno %d", errno);
		return false;
	}
	ssize_t written = write(fd, "audit", strlen("audit"));
	int error = errno;
	close(fd);
	if (written == (ssize_t)strlen("audit"))
		return true;

	tap_note("ledger: audit gave %ld, errno %d", (long)written, error);
	if (read_text(LEDGER, text, sizeof(text)) >= 0)
		note_differences(text);
	return false;
}

long memory_ledger_pages(const char *kind)
{
	return number_in_file(LEDGER, kind);
}

long memory_free_pages(void)
{
	if (memory_has_ledger())
		return memory_ledger_pages("free");

	long kilobytes = number_in_file("/proc/meminfo", "MemFree");
	return kilobytes < 0 ? -1 : kilobytes / (long)(PAGE_BYTES / 1024);
}

long memory_total_pages(void)
{
	long kilobytes = number_in_file("/proc/meminfo", "MemTotal");
	return kilobytes < 0 ? -1 : kilobytes / (long)(PAGE_BYTES / 1024);
}

size_t memory_share_pages(unsigned int numerator, unsigned int denominator)
{
	long pages = memory_free_pages();

	CHECK(pages > 0);
	if ((unsigned long)pages > LARGEST_SHARE)
		pages = LARGEST_SHARE;
	return (size_t)pages * numerator / denominator;
}

unsigned char *memory_map_pages(size_t pages)
{
	void *start = mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		FAIL("mmap of %lu pages: errno %d", (unsigned long)pages, errno);
	return start;
}

void memory_unmap_pages(void *start, size_t pages)
{
	CHECK(munmap(start, pages * PAGE_BYTES) == 0);
}

unsigned char *memory_map_table(unsigned long tag)
{
	const unsigned long size = TABLE_PAGES * PAGE_BYTES;
	unsigned long start = (unsigned long)memory_map_pages(2 * TABLE_PAGES);
	unsigned char *table = (unsigned char *)((start + size - 1) & ~(size - 1));

	memory_tag(table, TABLE_PAGES, tag);
	return table;
}

void memory_tag(unsigned char *start, size_t pages, unsigned long tag)
{
	for (size_t i = 0; i < pages; i++)
		*(volatile unsigned long *)(void *)(start + i * PAGE_BYTES) = tag;
}

void memory_check_tag(const unsigned char *start, size_t pages, unsigned long tag)
{
	for (size_t i = 0; i < pages; i++) {
		unsigned long found =
			*(const volatile unsigned long *)(const void *)(start + i * PAGE_BYTES);
		if (found != tag)
			FAIL("page %lu of %lu holds %#lx, not %#lx", (unsigned long)i,
				(unsigned long)pages, found, tag);
	}
}

static void cow_read(struct cow_counts *counts)
{
	char text[TEXT_BYTES];

	if (read_text("/proc/self/cow", text, sizeof(text)) < 0)
		FAIL("/proc/self/cow cannot be read, errno %d", errno);
	counts->copied = (unsigned long)memory_number_after(text, "copied");
	counts->reused = (unsigned long)memory_number_after(text, "reused");
	counts->zeroed = (unsigned long)memory_number_after(text, "zeroed");
	counts->tables_shared = (unsigned long)memory_number_after(text, "tables_shared");
	counts->tables_copied = (unsigned long)memory_number_after(text, "tables_copied");
	counts->tables_owned = (unsigned long)memory_number_after(text, "tables_owned");
	counts->faults = (unsigned long)memory_number_after(text, "faults");
}

void cow_begin(struct cow_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	if (!memory_has_ledger())
		return;
	cow_end(counts);
	cow_read(counts);
}

void cow_end(struct cow_counts *counts)
{
	struct cow_counts now = { 0 };

	if (!memory_has_ledger())
		return;
	cow_read(&now);
	counts->copied = now.copied - counts->copied;
	counts->reused = now.reused - counts->reused;
	counts->zeroed = now.zeroed - counts->zeroed;
	counts->tables_shared = now.tables_shared - counts->tables_shared;
	counts->tables_copied = now.tables_copied - counts->tables_copied;
	counts->tables_owned = now.tables_owned - counts->tables_owned;
	counts->faults = now.faults - counts->faults;
}

void cow_check_copied(struct cow_counts *counts, size_t pages)
{
	if (!memory_has_ledger())
		return;
	cow_end(counts);
	if (counts->copied != pages)
		FAIL("%lu pages copied, not %lu", counts->copied, (unsigned long)pages);
}

struct frame_view frame_at(int pid, const void *address)
{
	struct frame_view view;
	char path[64];
	unsigned long page = (unsigned long)address / PAGE_BYTES;

	if (pid == 0)
		snprintf(path, sizeof(path), "/proc/self/frames");
	else
		snprintf(path, sizeof(path), "/proc/%d/frames", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		FAIL("%s cannot be opened, errno %d", path, errno);
	ssize_t count = pread(fd, &view, sizeof(view), (off_t)(page * sizeof(view)));
	if (count != (ssize_t)sizeof(view))
		FAIL("%s at page %#lx gave %ld, errno %d", path, page, (long)count, errno);
	close(fd);
	return view;
}
