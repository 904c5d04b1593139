/*
 * Copying between the kernel and user memory (mm/uaccess.h). The kernel never dereferences a user
 * pointer: each page is found through the page tables, and reached through the direct map.
 *
 * A page that may be replaced while we copy, because another thread breaks its sharing, is kept by a
 * reference of our own. It costs little, and is taken for every page.
 */
#include "mm/uaccess.h"

#include "arch/riscv/pte.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/space.h"
#include "mm/table.h"

/* The page behind an address, if the leaf there permits the access as it stands. */
static struct page *page_behind(struct space *space, uaddr_t address, enum access access)
{
	struct page *page = NULL;
	bool shared;

	spin_lock(&space->table_lock);
	pte_t pte = table_look_up(space, address.value, &shared);

	/* A table that others have too may be read through, but not written through. */
	if (pte_is_leaf(pte) && pte_permits(pte, access) && !(shared && access == ACCESS_WRITE)) {
		page = page_of_physical(pte_physical(pte));
		page_get(page);
		if (access == ACCESS_WRITE)
			table_mark_dirty(space, address.value);
	}
	spin_unlock(&space->table_lock);
	return page;
}

/* The same, resolving the fault that an access would take. NULL: *error says why. */
static struct page *page_for(struct space *space, uaddr_t address, enum access access, int *error)
{
	*error = -EFAULT;
	if (address.value >= USER_END)
		return NULL;
	for (;;) {
		struct page *page = page_behind(space, address, access);

		if (page)
			return page;
		/* Resolved may still mean that another thread has changed it again: look again. */
		*error = fault_resolve(space, address, access);
		if (*error == -ENXIO)
			*error = -EFAULT;
		if (*error)
			return NULL;
	}
}

/* What is left of the address's page, but no more than `size`. */
static size_t part_of_page(uaddr_t address, size_t size)
{
	return min(size, PAGE_SIZE - uaddr_page_offset(address));
}

static char *byte_in(struct page *page, uaddr_t address)
{
	return (char *)page_address(page) + uaddr_page_offset(address);
}

/* Copies until done or an error; *size becomes what is left. */
static int copy_in(struct space *space, char *to, uaddr_t from, size_t *size)
{
	while (*size) {
		size_t part = part_of_page(from, *size);
		int error;
		struct page *page = page_for(space, from, ACCESS_READ, &error);

		if (!page)
			return error;
		memcpy(to, byte_in(page, from), part);
		page_put(page);
		to += part;
		from = uaddr_add(from, part);
		*size -= part;
	}
	return 0;
}

/* from NULL: zeroes. */
static int copy_out(struct space *space, uaddr_t to, const char *from, size_t *size)
{
	while (*size) {
		size_t part = part_of_page(to, *size);
		int error;
		struct page *page = page_for(space, to, ACCESS_WRITE, &error);

		if (!page)
			return error;
		if (from) {
			memcpy(byte_in(page, to), from, part);
			from += part;
		} else {
			memset(byte_in(page, to), 0, part);
		}
		page_put(page);
		to = uaddr_add(to, part);
		*size -= part;
	}
	return 0;
}

int copy_to_user(struct space *space, uaddr_t to, const void *from, size_t size)
{
	return copy_out(space, to, from, &size);
}

int copy_from_user(struct space *space, void *to, uaddr_t from, size_t size)
{
	return copy_in(space, to, from, &size);
}

int clear_user(struct space *space, uaddr_t to, size_t size)
{
	return copy_out(space, to, NULL, &size);
}

ssize_t copy_string_from_user(struct space *space, char *to, uaddr_t from, size_t size)
{
	size_t length = 0;

	while (length < size) {
		size_t part = part_of_page(from, size - length);
		int error;
		struct page *page = page_for(space, from, ACCESS_READ, &error);

		if (!page)
			return error;
		/* Another thread may change the string as we go: what is copied is what counts. */
		memcpy(to + length, byte_in(page, from), part);
		page_put(page);
		size_t found = strnlen(to + length, part);

		length += found;
		if (found < part)
			return (ssize_t)length;
		from = uaddr_add(from, part);
	}
	return -ENAMETOOLONG;
}

int user_compare_exchange(struct space *space, uaddr_t address, u32 *expected, u32 desired)
{
	int error;

	if (!is_aligned(address.value, sizeof(u32)))
		return -EINVAL;
	struct page *page = page_for(space, address, ACCESS_WRITE, &error);

	if (!page)
		return error;
	__atomic_compare_exchange_n((u32 *)byte_in(page, address), expected, desired, false,
		__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	page_put(page);
	return 0;
}
