/*
 * Descriptor tables. Locks: see fs/file_table.h. References to files are dropped after the lock,
 * since the last one may have much to free.
 */
#include "fs/file_table.h"

#include "fs/file.h"
#include "fs/lock.h"
#include "lib/abi/resource.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/limit.h"
#include "mm/slab.h"

static struct slab_cache table_cache =
	SLAB_CACHE(table_cache, "file_table", sizeof(struct file_table));

static struct file_table *create(u32 capacity)
{
	struct file_table *table = slab_alloc(&table_cache);

	if (!table)
		return NULL;
	atomic_init(&table->count, 1);
	spin_init(&table->lock);
	table->limit = 0;
	table->lowest = 0;
	table->capacity = capacity;
	table->files = table->small;
	if (capacity > FILE_TABLE_SMALL) {
		table->files = kmalloc(capacity * sizeof(struct file *));
		if (!table->files) {
			slab_free(&table_cache, table);
			return NULL;
		}
	}
	return table;
}

struct file_table *file_table_create(void)
{
	return create(FILE_TABLE_SMALL);
}

/* The table may grow while the clone's memory is allocated without the lock: then tries again. */
struct file_table *file_table_clone(struct file_table *table)
{
	struct file_table *clone;

	spin_lock(&table->lock);
	while (true) {
		u32 capacity = table->capacity;

		spin_unlock(&table->lock);
		clone = create(capacity);
		if (!clone)
			return NULL;
		spin_lock(&table->lock);
		if (table->limit <= clone->capacity)
			break;
		file_table_put(clone);
	}
	for (u32 fd = 0; fd < table->limit; fd++)
		clone->files[fd] = file_get(table->files[fd]);
	for (size_t i = 0; i < BITMAP_WORDS(table->limit); i++)
		clone->close_on_exec[i] = table->close_on_exec[i];
	clone->limit = table->limit;
	clone->lowest = table->lowest;
	spin_unlock(&table->lock);
	return clone;
}

struct file_table *file_table_get(struct file_table *table)
{
	atomic_fetch_add_explicit(&table->count, 1, memory_order_relaxed);
	return table;
}

/* A descriptor is closed: drops the record locks that the table has on the file. */
static void close_file(struct file_table *table, struct file *file)
{
	file_locks_drop(file->inode, table);
	file_put(file);
}

void file_table_put(struct file_table *table)
{
	if (!table || atomic_fetch_sub_explicit(&table->count, 1, memory_order_acq_rel) != 1)
		return;
	for (u32 fd = 0; fd < table->limit; fd++)
		if (table->files[fd])
			close_file(table, table->files[fd]);
	if (table->files != table->small)
		kfree(table->files);
	slab_free(&table_cache, table);
}

/* The entry, NULL when it is free. */
static struct file *entry(const struct file_table *table, u64 fd)
{
	return fd < table->limit ? table->files[fd] : NULL;
}

struct file *file_table_find(struct file_table *table, u64 fd)
{
	struct file *file;

	spin_lock(&table->lock);
	file = file_get(entry(table, fd));
	spin_unlock(&table->lock);
	return file;
}

struct dentry *file_table_dentry(struct file_table *table, u64 fd)
{
	struct file *file;
	struct dentry *dentry;

	spin_lock(&table->lock);
	file = entry(table, fd);
	dentry = file ? file_dentry(file) : NULL;
	spin_unlock(&table->lock);
	return dentry;
}

/* Makes entries [0, fd] exist. -ENOMEM */
static int reach(struct file_table *table, u32 fd) REQUIRES(table->lock)
{
	if (fd >= table->capacity) {
		u32 capacity = table->capacity;
		struct file **files;

		while (capacity <= fd)
			capacity *= 2;
		files = kmalloc(capacity * sizeof(struct file *));
		if (!files)
			return -ENOMEM;
		memcpy(files, table->files, table->limit * sizeof(struct file *));
		if (table->files != table->small)
			kfree(table->files);
		table->files = files;
		table->capacity = capacity;
	}
	while (table->limit <= fd)
		table->files[table->limit++] = NULL;
	return 0;
}

/* The lowest free descriptor from `from` on, whose entry exists from then on; or an errno. */
static int find_free(struct file_table *table, u32 from) REQUIRES(table->lock)
{
	u32 fd = max(from, table->lowest);
	int error;

	while (entry(table, fd))
		fd++;
	error = fd < limit_of_caller(RLIMIT_NOFILE) ? reach(table, fd) : -EMFILE;
	return error ? error : (int)fd;
}

int file_table_make_room(struct file_table *table)
{
	int fd;

	spin_lock(&table->lock);
	fd = find_free(table, 0);
	spin_unlock(&table->lock);
	return min(fd, 0);
}

int file_table_add(struct file_table *table, struct file *file, u64 from, bool close_on_exec)
{
	int fd;

	if (from >= limit_of_caller(RLIMIT_NOFILE))
		return -EINVAL;
	spin_lock(&table->lock);
	fd = find_free(table, (u32)from);
	if (fd >= 0) {
		table->files[fd] = file;
		bitmap_assign(table->close_on_exec, (u64)fd, close_on_exec);
		if (from <= table->lowest)
			table->lowest = (u32)fd + 1;
	}
	spin_unlock(&table->lock);
	return fd;
}

int file_table_set(struct file_table *table, u64 fd, struct file *file, bool close_on_exec)
{
	struct file *old = NULL;
	int error;

	if (fd >= limit_of_caller(RLIMIT_NOFILE))
		return -EBADF;
	spin_lock(&table->lock);
	error = reach(table, (u32)fd);
	if (!error) {
		old = table->files[fd];
		table->files[fd] = file;
		bitmap_assign(table->close_on_exec, fd, close_on_exec);
	}
	spin_unlock(&table->lock);
	if (old)
		close_file(table, old);
	return error ? error : (int)fd;
}

int file_table_close(struct file_table *table, u64 fd)
{
	struct file *file;

	spin_lock(&table->lock);
	file = entry(table, fd);
	if (file) {
		table->files[fd] = NULL;
		table->lowest = min(table->lowest, (u32)fd);
	}
	spin_unlock(&table->lock);
	if (!file)
		return -EBADF;
	close_file(table, file);
	return 0;
}

void file_table_close_range(struct file_table *table, u64 first, u64 last)
{
	s64 fd;

	while ((fd = file_table_next(table, first)) >= 0 && (u64)fd <= last) {
		file_table_close(table, (u64)fd);
		first = (u64)fd + 1;
	}
}

int file_table_set_close_on_exec(struct file_table *table, u64 fd, bool close_on_exec)
{
	int error = -EBADF;

	spin_lock(&table->lock);
	if (entry(table, fd)) {
		bitmap_assign(table->close_on_exec, fd, close_on_exec);
		error = 0;
	}
	spin_unlock(&table->lock);
	return error;
}

int file_table_get_close_on_exec(struct file_table *table, u64 fd)
{
	int result = -EBADF;

	spin_lock(&table->lock);
	if (entry(table, fd))
		result = bitmap_test(table->close_on_exec, fd);
	spin_unlock(&table->lock);
	return result;
}

void file_table_close_on_exec(struct file_table *table)
{
	for (u32 fd = 0; fd < table->limit; fd++)
		if (table->files[fd] && bitmap_test(table->close_on_exec, fd))
			file_table_close(table, fd);
}

s64 file_table_next(struct file_table *table, u64 fd)
{
	s64 found = -1;

	spin_lock(&table->lock);
	while (fd < table->limit && !table->files[fd])
		fd++;
	if (fd < table->limit)
		found = (s64)fd;
	spin_unlock(&table->lock);
	return found;
}
