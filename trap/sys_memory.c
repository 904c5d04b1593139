/*
 * System calls on the memory of the calling process: mmap and its family. What they do is in
 * mm/space.c; this file handles Linux's flags and errors.
 */
#include "arch/riscv/layout.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "lib/abi/mman.h"
#include "lib/error.h"
#include "mm/region.h"
#include "mm/space.h"
#include "mm/wait.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

_Static_assert(PROT_READ == REGION_READ && PROT_WRITE == REGION_WRITE &&
		PROT_EXEC == REGION_EXECUTE,
	"a region's protection is mmap's");

#define PROTECTIONS (PROT_READ | PROT_WRITE | PROT_EXEC)

/* MAP_SHARED_VALIDATE refuses all other flags. */
#define MAP_KNOWN                                                                                \
	(MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_DENYWRITE | MAP_EXECUTABLE | \
		MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK |           \
		MAP_FIXED_NOREPLACE)

s64 sys_brk(u64 end)
{
	return (s64)space_brk(current_space(), end);
}

/* Fills in the object that backs a mapping. */
static int find_object(struct region *model, u64 flags, u64 fd)
{
	if (flags & MAP_ANONYMOUS) {
		model->offset = 0;
		return model->flags & REGION_SHARED ? shared_memory_create(model) : 0;
	}
	FILE_HELD struct file *file = file_table_find(current->process->files, fd);

	return file ? file_map(file, model) : -EBADF;
}

static s64 map(u64 address, u64 length, u64 protection, u64 flags, u64 fd, u64 offset)
{
	u64 type = flags & MAP_TYPE;
	enum map_where where = flags & MAP_FIXED_NOREPLACE ? MAP_EXACT
		: flags & MAP_FIXED                        ? MAP_REPLACE
							   : MAP_ANYWHERE;
	struct region model = {
		.start = address,
		.end = address + align_up(length, PAGE_SIZE),
		.flags = protection & PROTECTIONS,
		.offset = offset >> PAGE_SHIFT,
	};
	s64 result;

	if (!length || !is_aligned(offset, PAGE_SIZE))
		return -EINVAL;
	if (align_up(length, PAGE_SIZE) < length || (flags & MAP_HUGETLB))
		return -ENOMEM;
	if (offset + length < offset)
		return -EOVERFLOW;
	if (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (type == MAP_SHARED_VALIDATE && (flags & ~(u64)MAP_KNOWN))
		return -EOPNOTSUPP;
	if (type != MAP_PRIVATE)
		model.flags |= REGION_SHARED;
	if (flags & MAP_LOCKED)
		model.flags |= REGION_LOCKED;
	if (flags & MAP_GROWSDOWN) {
		if (type != MAP_PRIVATE || !(flags & MAP_ANONYMOUS))
			return -EINVAL;
		model.flags |= REGION_GROWS_DOWN;
	}
	result = find_object(&model, flags, fd);
	if (result)
		return result;
	result = space_map(current_space(), &model, where);
	region_model_done(&model);
	return result;
}

s64 sys_mmap(u64 address, u64 length, u64 protection, u64 flags, u64 fd, u64 offset)
{
	s64 start = map(address, length, protection, flags, fd, offset);

	/* As on Linux, no error counts: a page still missing comes in, or fails, when touched. */
	if (start >= 0 && (flags & MAP_POPULATE))
		(void)!space_populate(current_space(), (u64)start, length, true);
	return start;
}

s64 sys_munmap(u64 address, u64 length)
{
	return space_unmap(current_space(), address, length);
}

_Static_assert(MREMAP_MAYMOVE == REMAP_MAY_MOVE && MREMAP_FIXED == REMAP_FIXED &&
		MREMAP_DONTUNMAP == REMAP_KEEP,
	"mremap's flags");

s64 sys_mremap(u64 address, u64 old_length, u64 new_length, u64 flags, u64 to)
{
	if (flags & ~(u64)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return -EINVAL;
	return space_remap(current_space(), address, old_length, new_length,
		flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) ? to : 0, (u32)flags);
}

s64 sys_mprotect(u64 address, u64 length, u64 protection)
{
	if (protection & ~(u64)PROTECTIONS)
		return -EINVAL;
	return space_protect(current_space(), address, length, (u32)protection);
}

static s64 populate(u64 address, u64 length, bool write)
{
	struct space *space = current_space();
	int error = space_check_mapped(space, address, length, write ? REGION_WRITE : REGION_READ);

	if (error == -EACCES)
		return -EINVAL;
	if (!error)
		error = space_populate(space, address, length, write);
	return error == -ENXIO ? -EFAULT : error;
}

s64 sys_madvise(u64 address, u64 length, u64 advice)
{
	struct space *space = current_space();
	u64 whole = align_up(length, PAGE_SIZE);

	if (!is_aligned(address, PAGE_SIZE) || whole < length || address + whole < address)
		return -EINVAL;
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_FREE: /* at once, rather than when memory runs short */
		return space_discard(space, address, length, advice == MADV_FREE);
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return populate(address, length, advice == MADV_POPULATE_WRITE);
	case MADV_DONTFORK:
		return space_mark(space, address, length, REGION_DONT_FORK, 0);
	case MADV_DOFORK:
		return space_mark(space, address, length, 0, REGION_DONT_FORK);
	case MADV_WIPEONFORK:
		return space_mark(space, address, length, REGION_WIPE_ON_FORK, 0);
	case MADV_KEEPONFORK:
		return space_mark(space, address, length, 0, REGION_WIPE_ON_FORK);
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
		/*
		 * Hints about reading ahead, swapping, core dumps, merging equal pages and huge
		 * pages: this kernel has none of these.
		 */
		return space_check_mapped(space, address, length, 0);
	default:
		return -EINVAL;
	}
}

/* A mapping and its file share the same pages: there is nothing to write back. */
s64 sys_msync(u64 address, u64 length, u64 flags)
{
	if ((flags & ~(u64)(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
		(flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	return flags & MS_INVALIDATE ? space_check_unlocked(current_space(), address, length)
				     : space_check_mapped(current_space(), address, length, 0);
}

/* Pages that mincore() looks at in one go. */
#define MINCORE_PIECE 256

s64 sys_mincore(u64 address, u64 length, u64 vector)
{
	u64 pages = align_up(length, PAGE_SIZE) / PAGE_SIZE;
	u8 resident[MINCORE_PIECE];
	int error = 0;

	if (!is_aligned(address, PAGE_SIZE))
		return -EINVAL;
	if (length > USER_END || address > USER_END - length)
		return -ENOMEM;
	for (u64 done = 0; done < pages && !error && wait_give_way();) {
		u64 piece = min(pages - done, (u64)MINCORE_PIECE);

		error = space_resident(current_space(), address + done * PAGE_SIZE, resident,
			piece);
		if (!error)
			error = to_user(vector + done, resident, piece);
		done += piece;
	}
	return error;
}

/* Extends the range of mlock() and its family to whole pages. 0 or -EINVAL. */
static int whole_pages(u64 *address, u64 *length)
{
	u64 offset = *address % PAGE_SIZE;

	if (*length + offset < *length)
		return -EINVAL;
	*address -= offset;
	*length = align_up(*length + offset, PAGE_SIZE);
	return *address + *length < *address ? -EINVAL : 0;
}

s64 sys_mlock2(u64 address, u64 length, u64 flags)
{
	int error = flags & ~(u64)MLOCK_ONFAULT ? -EINVAL : whole_pages(&address, &length);

	return error ? error
		     : space_lock(current_space(), address, length,
			       REGION_LOCKED | (flags & MLOCK_ONFAULT ? REGION_ON_FAULT : 0));
}

s64 sys_mlock(u64 address, u64 length)
{
	return sys_mlock2(address, length, 0);
}

s64 sys_munlock(u64 address, u64 length)
{
	int error = whole_pages(&address, &length);

	return error ? error : space_mark(current_space(), address, length, 0, REGION_LOCKS);
}

s64 sys_mlockall(u64 flags)
{
	u32 locks = REGION_LOCKED | (flags & MCL_ONFAULT ? REGION_ON_FAULT : 0);

	if ((flags & ~(u64)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) ||
		!(flags & (MCL_CURRENT | MCL_FUTURE)))
		return -EINVAL;
	return space_lock_all(current_space(), flags & MCL_CURRENT ? locks : 0,
		flags & MCL_FUTURE ? locks : 0);
}

s64 sys_munlockall(void)
{
	return space_lock_all(current_space(), 0, 0);
}
