/* Memory: what is resident, locked, synchronised, advised; and ranges and flags that are wrong. */
#include <sys/mman.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/posixtest.h"

/* Three pages, and a hole behind them. */
static char *three_pages(void)
{
	char *pages = (char *)memory_map_pages(4);

	memory_unmap_pages(pages + 3 * PAGE_BYTES, 1);
	return pages;
}

static void resident_pages(void)
{
	unsigned char resident[4];
	char *pages = three_pages();

	pages[PAGE_BYTES] = 1;
	GIVES(0, mincore, pages, 3 * PAGE_BYTES, resident);
	CHECK(!(resident[0] & 1) && (resident[1] & 1) && !(resident[2] & 1));
	GIVES(0, mlock, pages + 2 * PAGE_BYTES, 1);
	GIVES(0, mincore, pages, 3 * PAGE_BYTES, resident);
	CHECK(resident[2] & 1);
	GIVES(-ENOMEM, mincore, pages, 4 * PAGE_BYTES, resident);
	GIVES(-EINVAL, mincore, pages + 1, PAGE_BYTES, resident);
	GIVES(-EFAULT, mincore, pages, PAGE_BYTES, BAD_POINTER);
	GIVES(0, mincore, pages, 0, resident);
}

static void locked_pages(void)
{
	char *pages = three_pages();

	GIVES(0, mlock, pages, 3 * PAGE_BYTES);
	GIVES(-ENOMEM, mlock, pages, 4 * PAGE_BYTES);
	GIVES(0, mlock, pages, 0);
	GIVES(0, munlock, pages, 3 * PAGE_BYTES);
	GIVES(-ENOMEM, munlock, pages, 4 * PAGE_BYTES);
	GIVES(0, mlock2, pages, PAGE_BYTES, MLOCK_ONFAULT);
	GIVES(-EINVAL, mlock2, pages, PAGE_BYTES, 8);
}

static void synchronised_pages(void)
{
	char *pages = three_pages();

	GIVES(0, msync, pages, 3 * PAGE_BYTES, MS_SYNC);
	GIVES(0, msync, pages, 3 * PAGE_BYTES, MS_ASYNC | MS_INVALIDATE);
	GIVES(0, msync, pages, 0, MS_SYNC);
	GIVES(-ENOMEM, msync, pages, 4 * PAGE_BYTES, MS_SYNC);
	GIVES(-EINVAL, msync, pages, PAGE_BYTES, MS_SYNC | MS_ASYNC);
	GIVES(-EINVAL, msync, pages, PAGE_BYTES, 0x100);
	GIVES(-EINVAL, msync, pages + 1, PAGE_BYTES, MS_SYNC);
}

static void advised_pages(void)
{
	char *pages = three_pages();

	pages[PAGE_BYTES] = 1;
	GIVES(0, madvise, pages, 3 * PAGE_BYTES, MADV_POPULATE_WRITE);
	CHECK_EQUAL(pages[PAGE_BYTES], 1);
	GIVES(0, madvise, pages, 3 * PAGE_BYTES, MADV_DONTNEED);
	CHECK_EQUAL(pages[PAGE_BYTES], 0);
	GIVES(0, madvise, pages, 3 * PAGE_BYTES, MADV_WILLNEED);
	GIVES(0, madvise, pages, 0, MADV_DONTNEED);
	GIVES(-ENOMEM, madvise, pages, 4 * PAGE_BYTES, MADV_DONTNEED);
	GIVES(-EINVAL, madvise, pages + 1, PAGE_BYTES, MADV_DONTNEED);
	GIVES(-EINVAL, madvise, pages, PAGE_BYTES, 9999);
	GIVES(-EINVAL, madvise, pages, -PAGE_BYTES, MADV_DONTNEED);
}

static void mapping_errors(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *pages = three_pages();

	GIVES(-EINVAL, mmap, NULL, 0, PROT_READ, flags, -1, 0);
	GIVES(-EINVAL, mmap, NULL, PAGE_BYTES, PROT_READ, MAP_ANONYMOUS, -1, 0);
	GIVES(-EINVAL, mmap, pages + 1, PAGE_BYTES, PROT_READ, flags | MAP_FIXED, -1, 0);
	GIVES(-EINVAL, mmap, NULL, PAGE_BYTES, PROT_READ, flags, -1, 1);
	GIVES(-EBADF, mmap, NULL, PAGE_BYTES, PROT_READ, MAP_PRIVATE, -1, 0);
	GIVES(-ENOMEM, mmap, NULL, 1ul << 62, PROT_READ, flags, -1, 0);
	GIVES(-ENOMEM, mmap, NULL, -1ul, PROT_READ, flags, -1, 0);
	GIVES(-EEXIST, mmap, pages, PAGE_BYTES, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0);
	GIVES(-EINVAL, munmap, pages + 1, PAGE_BYTES);
	GIVES(-EINVAL, munmap, pages, 0);
	GIVES(-EINVAL, munmap, pages, -PAGE_BYTES);
	GIVES(0, munmap, pages + 3 * PAGE_BYTES, PAGE_BYTES); /* nothing there */
	GIVES(-EINVAL, mprotect, pages + 1, PAGE_BYTES, PROT_READ);
	GIVES(-ENOMEM, mprotect, pages, 4 * PAGE_BYTES, PROT_READ);
	GIVES(-EINVAL, mprotect, pages, PAGE_BYTES, 0x100);
	GIVES(0, mprotect, pages, 0, PROT_READ);
	GIVES(-EINVAL, mremap, pages + 1, PAGE_BYTES, PAGE_BYTES, 0);
	GIVES(-EINVAL, mremap, pages, PAGE_BYTES, 0, 0);
	GIVES(-EINVAL, mremap, pages, PAGE_BYTES, PAGE_BYTES, 0x100);
	GIVES(-EINVAL, mremap, pages, PAGE_BYTES, PAGE_BYTES, MREMAP_FIXED, pages);
	GIVES(-EFAULT, mremap, pages + 3 * PAGE_BYTES, PAGE_BYTES, 2 * PAGE_BYTES, MREMAP_MAYMOVE);
	GIVES(-EFAULT, mremap, pages, 4 * PAGE_BYTES, 5 * PAGE_BYTES, MREMAP_MAYMOVE);
	GIVES(-ENOMEM, mremap, pages, PAGE_BYTES, 2 * PAGE_BYTES, 0); /* no room behind */
}

static const struct tap_case cases[] = {
	{ "resident-pages", resident_pages, 0 },
	{ "locked-pages", locked_pages, 0 },
	{ "synchronised-pages", synchronised_pages, 0 },
	{ "advised-pages", advised_pages, 0 },
	{ "memory-errors", mapping_errors, 0 },
};

const struct tap_group posix_memory_group = TAP_GROUP(cases);
