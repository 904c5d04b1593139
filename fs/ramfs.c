/*
 * Files in memory. A regular file is its page cache; a directory is its dentries, a symbolic link
 * its text, and both are freed with their inode.
 *
 * Locks: inode->lock for all that changes contents or size (fs/inode.h). A fault takes no lock but
 * the cache's own, since it happens inside an address space's lock.
 */
#include "fs/ramfs.h"

#include "fs/dentry.h"
#include "fs/device.h"
#include "fs/directory.h"
#include "fs/file.h"
#include "fs/pipe.h"
#include "fs/wait.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/region.h"
#include "mm/slab.h"

/* Sizes fit into off_t, even when they are rounded up to a page. */
#define FILE_SIZE_MAX ((u64)INT64_MAX & ~(PAGE_SIZE - 1))

/*
 * Files stop growing, and no new names are made (-ENOSPC), when less than this part of memory is
 * free, so that a full file system leaves the processes room to run.
 */
#define RESERVE_PART 16

static u64 free_at_boot; /* pages */
static u64 reserve;      /* pages that files leave free */

/* Whether a mount has used up its size= option. (Concurrent writers may each get one page more.) */
static bool is_full(const struct mount *mount)
{
	return mount->page_limit && mount->pages >= mount->page_limit;
}

bool ramfs_has_room(void)
{
	return page_free_total() >= reserve;
}

/* The page to write to, counted, or an error pointer. */
static struct page *page_for_write(struct inode *inode, u64 index)
{
	struct page *page = cache_find(&inode->cache, index);

	if (page)
		return page;
	if (!ramfs_has_room() || is_full(inode->mount))
		return error_pointer(-ENOSPC);
	page = cache_find_or_create(&inode->cache, index);
	return page ? page : error_pointer(-ENOMEM);
}

/* Zeroes [start, end), which lies in one page. */
static void zero_part(struct inode *inode, u64 start, u64 end)
{
	struct page *page = start < end ? cache_find(&inode->cache, start / PAGE_SIZE) : NULL;

	if (!page)
		return;
	memset((char *)page_address(page) + start % PAGE_SIZE, 0, end - start);
	page_put(page);
}

/* Zeroes what lies behind `size` in its last page. */
static void zero_tail(struct inode *inode, u64 size)
{
	zero_part(inode, size, align_up(size, PAGE_SIZE));
}

static int ramfs_truncate(struct inode *inode, u64 size)
{
	u64 old_size = inode_size(inode);

	if (size > FILE_SIZE_MAX)
		return -EFBIG;
	/* Sets the size first, so that no fault brings back a page that has just been removed. */
	atomic_store(&inode->size, size);
	if (size < old_size)
		cache_withdraw(&inode->cache, align_up(size, PAGE_SIZE) / PAGE_SIZE, UINT64_MAX,
			true);
	zero_tail(inode, min(size, old_size));
	return 0;
}

/* *made: where the latest run of new pages begins. */
static int reserve_page(struct inode *inode, u64 index, u64 *made)
{
	struct page *page = cache_find(&inode->cache, index);

	if (page)
		*made = index + 1;
	else
		page = page_for_write(inode, index);
	if (is_error(page))
		return pointer_error(page);
	page_put(page);
	return 0;
}

/*
 * On failure, new pages behind the end of the file are removed again, back to the last page that
 * was there already. No fault brings in pages behind the end, so nobody else uses these.
 */
static int ramfs_reserve(struct inode *inode, u64 first, u64 end)
{
	u64 index = first, made = first;
	int error = 0;

	while (index < end && !error)
		error = wait_give_way() ? reserve_page(inode, index++, &made) : -EINTR;
	if (error)
		cache_remove(&inode->cache,
			max(made, align_up(inode_size(inode), PAGE_SIZE) / PAGE_SIZE), index);
	return error;
}

static void ramfs_punch(struct inode *inode, u64 start, u64 end)
{
	u64 first = align_up(start, PAGE_SIZE), last = align_down(end, PAGE_SIZE);

	zero_part(inode, start, min(first, end));
	if (first > last)
		return;
	zero_part(inode, last, end);
	cache_withdraw(&inode->cache, first / PAGE_SIZE, last / PAGE_SIZE, false);
}

static u64 ramfs_pages(struct inode *inode)
{
	u64 pages;

	spin_lock(&inode->cache.lock);
	pages = inode->cache.page_total;
	spin_unlock(&inode->cache.lock);
	return pages;
}

static void ramfs_file_evict(struct inode *inode)
{
	cache_destroy(&inode->cache);
}

static void ramfs_link_evict(struct inode *inode)
{
	kfree(inode->target);
}

/* One page's part of a transfer at `offset`, within `limit` bytes. */
static size_t part_of_page(u64 offset, u64 limit)
{
	return min(limit, PAGE_SIZE - offset % PAGE_SIZE);
}

static ssize_t ramfs_read(struct file *file, struct io *io, u64 *offset)
{
	struct inode *inode = file->inode;
	u64 size = inode_size(inode), start = *offset, at = start;

	while (io->left && at < size && wait_give_way()) {
		size_t part = part_of_page(at, min(size - at, io->left)), done;
		struct page *page = cache_find(&inode->cache, at / PAGE_SIZE);

		if (page) {
			done = io_write(io, (char *)page_address(page) + at % PAGE_SIZE, part);
			page_put(page);
		} else {
			done = io_write_zeroes(io, part);
		}
		at += done;
		if (done < part)
			break;
	}
	inode_touch_accessed(inode);
	*offset = at;
	return io_result(io, at - start);
}

/* Writes up to the end of a page. The result is how much, or an errno. */
static ssize_t write_part(struct inode *inode, struct io *io, u64 at)
{
	size_t part = part_of_page(at, io->left), done;
	struct page *page = page_for_write(inode, at / PAGE_SIZE);

	if (is_error(page))
		return pointer_error(page);
	done = io_read(io, (char *)page_address(page) + at % PAGE_SIZE, part);
	page_changed(page);
	page_put(page);
	if (at + done > inode_size(inode))
		atomic_store_explicit(&inode->size, at + done, memory_order_release);
	return io_result(io, done);
}

/* Whether the caller may write there, and how much (io->left). 0, -EPERM or -EFBIG. */
static int prepare_write(struct inode *inode, u64 start, struct io *io)
{
	if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	if ((inode->seals & F_SEAL_GROW) && start + io->left > inode_size(inode))
		return -EPERM;
	io->left = inode_limit_size(start, io->left);
	if (!io->left)
		return -EFBIG;
	inode_drop_set_id(inode);
	return 0;
}

static ssize_t ramfs_write(struct file *file, struct io *io, u64 *offset)
{
	struct inode *inode = file->inode;
	u64 start, at;
	ssize_t done = 0;

	mutex_lock(&inode->lock);
	start = file_flags(file) & O_APPEND ? inode_size(inode) : *offset;
	if (io->left && (start >= FILE_SIZE_MAX || io->left > FILE_SIZE_MAX - start)) {
		mutex_unlock(&inode->lock);
		return -EFBIG;
	}
	if (io->left && start > inode_size(inode))
		zero_tail(inode, inode_size(inode));
	done = io->left ? prepare_write(inode, start, io) : 0;
	if (done) {
		mutex_unlock(&inode->lock);
		return done;
	}
	for (at = start; io->left && wait_give_way(); at += (u64)done) {
		done = write_part(inode, io, at);
		if (done <= 0)
			break;
	}
	if (at > start)
		inode_touch_modified(inode);
	mutex_unlock(&inode->lock);
	*offset = at;
	return at > start ? (ssize_t)(at - start) : done;
}

/* Mappings: the object is the dentry, so that /proc can show the path. */

static struct inode *region_inode(struct region *region)
{
	return ((struct dentry *)region->object)->inode;
}

static struct page *region_page(struct region *region, u64 index, bool write)
{
	struct inode *inode = region_inode(region);

	if (index >= align_up(inode_size(inode), PAGE_SIZE) / PAGE_SIZE)
		return error_pointer(-ENXIO);
	if (write || (region->flags & REGION_SHARED)) {
		struct page *page = page_for_write(inode, index);

		/* A fault has no error for a full file system. */
		if (is_error(page))
			return error_pointer(-ENOMEM);
		page_changed(page);
		return page;
	}
	return cache_find(&inode->cache, index);
}

static struct page_cache *region_cache(struct region *region)
{
	return &region_inode(region)->cache;
}

/* Whether writes through it reach the file, now or after mprotect(), even when that is closed. */
static bool is_writable_mapping(const struct region *region)
{
	return (region->flags & (REGION_SHARED | REGION_NO_WRITE)) == REGION_SHARED;
}

static void region_get(struct region *region)
{
	dentry_get(region->object);
	cache_mapped(region_cache(region));
	if (is_writable_mapping(region)) {
		atomic_fetch_add(&region_inode(region)->writable_mappings, 1);
		/* Cannot fail: somebody has it open for writing, or has such a mapping. */
		(void)!inode_start_writing(region_inode(region));
	}
}

static void region_put(struct region *region)
{
	if (is_writable_mapping(region)) {
		inode_end_writing(region_inode(region));
		atomic_fetch_sub(&region_inode(region)->writable_mappings, 1);
	}
	cache_unmapped(region_cache(region));
	dentry_put(region->object);
}

static void region_name(struct region *region, char *buffer, size_t size)
{
	dentry_show_path(region->object, buffer, size);
}

static u64 region_inode_number(struct region *region)
{
	return region_inode(region)->number;
}

static const struct region_operations ramfs_region_operations = {
	.page = region_page,
	.get = region_get,
	.put = region_put,
	.name = region_name,
	.inode = region_inode_number,
	.cache = region_cache,
};

static int ramfs_map(struct file *file, struct region *model)
{
	struct inode *inode = file->inode;
	int error = 0;

	mutex_lock(&inode->lock);
	if ((model->flags & REGION_SHARED) &&
		(inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))) {
		if (model->flags & REGION_WRITE)
			error = -EPERM;
		model->flags |= REGION_NO_WRITE;
	}
	if (!error) {
		model->operations = &ramfs_region_operations;
		model->object = file->dentry;
		region_get(model);
	}
	mutex_unlock(&inode->lock);
	return error;
}

static const struct inode_operations ramfs_file_inode_operations = {
	.truncate = ramfs_truncate,
	.reserve = ramfs_reserve,
	.punch = ramfs_punch,
	.pages = ramfs_pages,
	.evict = ramfs_file_evict,
};

static const struct inode_operations ramfs_link_inode_operations = {
	.evict = ramfs_link_evict,
};

static const struct inode_operations ramfs_fifo_inode_operations = {
	.evict = pipe_evict,
};

static const struct file_operations ramfs_file_operations = {
	.seekable = true,
	.read = ramfs_read,
	.write = ramfs_write,
	.map = ramfs_map,
};

struct inode *ramfs_make_inode(struct mount *mount, u32 mode)
{
	struct inode *inode = inode_create(mount, mode);

	if (!inode)
		return NULL;
	switch (mode & S_IFMT) {
	case S_IFREG:
		cache_init(&inode->cache, &mount->pages);
		inode->seals = F_SEAL_SEAL;
		inode->operations = &ramfs_file_inode_operations;
		inode->file_operations = &ramfs_file_operations;
		break;
	case S_IFDIR:
		inode->file_operations = &directory_file_operations;
		break;
	case S_IFLNK:
		inode->operations = &ramfs_link_inode_operations;
		break;
	case S_IFIFO:
		inode->operations = &ramfs_fifo_inode_operations;
		inode->file_operations = &fifo_operations;
		break;
	case S_IFCHR:
		inode->file_operations = &device_node_operations;
		break;
	default: /* block devices and sockets only have names; they cannot be opened */
		break;
	}
	return inode;
}

struct dentry *ramfs_make_root(struct mount *mount, u32 permissions)
{
	struct inode *inode = ramfs_make_inode(mount, S_IFDIR | permissions);

	if (!inode)
		return NULL;
	atomic_init(&inode->links, 2);
	return dentry_create(NULL, "", inode);
}

/* As on Linux, everybody may use it unless it is mounted with another mode. */
static struct dentry *make_shared_root(struct mount *mount)
{
	return ramfs_make_root(mount, S_ISVTX | S_IRWXU | S_IRWXG | S_IRWXO);
}

void ramfs_capacity(const struct mount *mount, u64 *total, u64 *available)
{
	u64 free = page_free_total(), used = mount->pages, limit = mount->page_limit;

	*total = free_at_boot - reserve;
	*available = free > reserve ? free - reserve : 0;
	if (!limit)
		return;
	*total = limit;
	*available = min(*available, used < limit ? limit - used : 0);
}

const struct file_system ramfs_type = {
	.name = "tmpfs",
	.magic = TMPFS_MAGIC,
	.make = ramfs_make_inode,
	.has_room = ramfs_has_room,
	.capacity = ramfs_capacity,
	.root = make_shared_root,
};

void ramfs_init(void)
{
	free_at_boot = page_free_total();
	reserve = free_at_boot / RESERVE_PART;
}
