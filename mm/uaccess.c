/*
 * Copying between the kernel and user memory (mm/uaccess.h). The kernel never dereferences a user
 * pointer: each page is found through the page tables, and reached through the direct map.
 *
 * The table lock is held while bytes move, for one page at most. It pins the page: nobody can take
 * it out of the tree, replace it, or share it with a child, which would then see our store.
 */
#include "mm/uaccess.h"

#include "arch/riscv/layout.h"
#include "arch/riscv/pte.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/space.h"
#include "mm/table.h"

/* Finds the byte behind an address, if the leaf there permits the access as it stands. */
static inline char *byte_behind(struct space *space, uaddr_t address, enum access access)
	REQUIRES(space->table_lock)
{
	bool shared;
	pte_t *entry = table_look_up(space, address.value, &shared);

	if (!entry)
		return NULL;
	pte_t pte = pte_load(entry);

	/* A table shared with other trees may be read through, but not written through. */
	if (!pte_permits(pte, access) || (shared && access == ACCESS_WRITE))
		return NULL;
	/* What the hardware does at a store. */
	if (access == ACCESS_WRITE && !(pte.value & PTE_DIRTY))
		pte_set_bits(entry, PTE_DIRTY);
	return (char *)direct_map(pte_physical(pte)) + uaddr_page_offset(address);
}

/* Resolves the fault that the access would take, and locks. NULL: *error says why not. */
static RARE char *resolve(struct space *space, uaddr_t address, enum access access, int *error)
	TRY_ACQUIRE(true, space->table_lock) NO_THREAD_SAFETY_ANALYSIS
{
	for (;;) {
		*error = fault_resolve(space, address, access);
		if (*error == -ENXIO)
			*error = -EFAULT;
		if (*error)
			return NULL;
		/* Another thread may have changed it again: look again. */
		spin_lock(&space->table_lock);
		char *byte = byte_behind(space, address, access);

		if (likely(byte))
			return byte;
		spin_unlock(&space->table_lock);
	}
}

static inline void *reach(struct space *space, uaddr_t address, enum access access, int *error)
	TRY_ACQUIRE(true, space->table_lock) NO_THREAD_SAFETY_ANALYSIS
{
	if (unlikely(address.value >= USER_END)) {
		*error = -EFAULT;
		return NULL;
	}
	spin_lock(&space->table_lock);
	char *byte = byte_behind(space, address, access);

	if (likely(byte))
		return byte;
	spin_unlock(&space->table_lock);
	return resolve(space, address, access, error);
}

const void *user_reach_read(struct space *space, uaddr_t address, int *error)
{
	return reach(space, address, ACCESS_READ, error);
}

void *user_reach_write(struct space *space, uaddr_t address, int *error)
{
	return reach(space, address, ACCESS_WRITE, error);
}

void user_release(struct space *space)
{
	spin_unlock(&space->table_lock);
}

/* What is left of the address's page, but no more than `size`. */
static size_t part_of_page(uaddr_t address, size_t size)
{
	return min(size, PAGE_SIZE - uaddr_page_offset(address));
}

int copy_from_user(struct space *space, void *to, uaddr_t from, size_t size)
{
	while (size) {
		size_t part = part_of_page(from, size);
		int error;
		const void *bytes = user_reach_read(space, from, &error);

		if (!bytes)
			return error;
		memcpy(to, bytes, part);
		spin_unlock(&space->table_lock);
		to = (char *)to + part;
		from = uaddr_add(from, part);
		size -= part;
	}
	return 0;
}

int copy_to_user(struct space *space, uaddr_t to, const void *from, size_t size)
{
	while (size) {
		size_t part = part_of_page(to, size);
		int error;
		void *bytes = user_reach_write(space, to, &error);

		if (!bytes)
			return error;
		memcpy(bytes, from, part);
		spin_unlock(&space->table_lock);
		from = (const char *)from + part;
		to = uaddr_add(to, part);
		size -= part;
	}
	return 0;
}

int clear_user(struct space *space, uaddr_t to, size_t size)
{
	struct io io;

	io_user(&io, space, to, size);
	return io_write_zeroes(&io, size) < size ? io.error : 0;
}

/* Most strings are short: this much is copied before looking for the end. */
#define STRING_PART 64UL

ssize_t copy_string_from_user(struct space *space, char *to, uaddr_t from, size_t size)
{
	size_t length = 0;

	while (length < size) {
		size_t part = part_of_page(from, min(size - length, STRING_PART));
		int error;
		const void *bytes = user_reach_read(space, from, &error);

		if (!bytes)
			return error;
		/* Other threads may change the string meanwhile: only the copy counts. */
		memcpy(to + length, bytes, part);
		spin_unlock(&space->table_lock);
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
	void *bytes = user_reach_write(space, address, &error);

	if (!bytes)
		return error;
	__atomic_compare_exchange_n((u32 *)bytes, expected, desired, false, __ATOMIC_SEQ_CST,
		__ATOMIC_SEQ_CST);
	spin_unlock(&space->table_lock);
	return 0;
}

int copy_structure_from_user(struct space *space, void *to, size_t known, uaddr_t from, size_t size)
{
	size_t common = min(known, size);
	int error = size > PAGE_SIZE ? -E2BIG : 0;

	memset((u8 *)to + common, 0, known - common);
	if (!error)
		error = copy_from_user(space, to, from, common);
	for (size_t at = common; !error && at < size; at++) {
		u8 byte;

		error = copy_from_user(space, &byte, uaddr_add(from, at), 1);
		if (!error && byte)
			error = -E2BIG;
	}
	return error;
}
