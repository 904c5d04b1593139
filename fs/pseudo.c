/*
 * Files whose text is made when it is read. The text is made at the first read, and again at a read
 * from the beginning, so that a reader that reads in pieces sees one state of things. Of long
 * texts, only one piece is kept at a time.
 *
 *	inode->lock	the text of an open file
 */
#include "fs/pseudo.h"

#include "fs/dentry.h"
#include "fs/directory.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/wait.h"

#define TEXT_FIRST_CAPACITY 1024
#define TEXT_PIECE          KIB(128)

void text_append(struct text *text, const char *string, size_t size)
{
	if (text->error)
		return;
	if (text->size + size > text->capacity) {
		size_t capacity = max(text->capacity, (size_t)TEXT_FIRST_CAPACITY);
		char *larger;

		while (capacity < text->size + size)
			capacity *= 2;
		larger = kmalloc(capacity);
		if (!larger) {
			text->error = -ENOMEM;
			return;
		}
		if (text->size)
			memcpy(larger, text->data, text->size);
		kfree(text->data);
		text->data = larger;
		text->capacity = capacity;
	}
	memcpy(text->data + text->size, string, size);
	text->size += size;
}

static void sink_write(struct format_sink *sink, const char *string, size_t size)
{
	text_append(container_of(sink, struct text, sink), string, size);
}

void text_init(struct text *text)
{
	*text = (struct text){ .sink.write = sink_write };
}

void text_free(struct text *text)
{
	kfree(text->data);
	text_init(text);
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_to(&text->sink, format, arguments);
	va_end(arguments);
}

bool text_pauses(struct text *text, u64 next)
{
	text->next = text->size < TEXT_PIECE ? 0 : next;
	return text->next;
}

void text_append_name(struct text *text, const char *name, const char *special)
{
	for (; *name; name++)
		text_printf(text, strchr(special, *name) ? "\\%03o" : "%c", (u8)*name);
}

static bool text_has(const struct text *text, u64 offset)
{
	return offset >= text->before && offset - text->before < text->size;
}

/* Reads from the piece at *offset: as file_operations.read. */
static ssize_t text_read(const struct text *text, struct io *io, u64 *offset)
{
	size_t start = *offset - text->before, done;

	if (!text_has(text, *offset))
		return 0;
	done = io_write(io, text->data + start, min(io->left, text->size - start));
	*offset += done;
	return io_result(io, done);
}

static int recheck(const struct inode *inode, bool write)
{
	return inode->operations->recheck ? inode->operations->recheck(inode, write) : 0;
}

/* Makes the next piece, and checks access again: it may have been lost meanwhile. */
static int generate(struct inode *inode, struct text *text)
{
	const struct pseudo_file *definition = inode->definition;
	int error;

	text->before += text->size;
	text->size = 0;
	error = definition->show(text, inode->argument);
	if (!text->size)
		text->next = 0;
	if (!error)
		error = text->error;
	if (!error)
		error = recheck(inode, false);
	if (error)
		text_free(text);
	return error;
}

/* As file_operations.read. Makes the piece that has *offset, if need be, and those that follow. */
static ssize_t read_pieces(struct inode *inode, struct text *text, struct io *io, u64 *offset)
{
	ssize_t result = 0, done = 0;

	if (*offset == 0 || *offset < text->before || !text->data) {
		text_free(text);
		result = generate(inode, text);
	}
	while (result >= 0) {
		result = text_read(text, io, offset);
		done += max(result, (ssize_t)0);
		if (!io->left || text_has(text, *offset) || !text->next || !wait_give_way())
			break;
		result = generate(inode, text);
	}
	return done ? done : result;
}

static ssize_t read_text(struct file *file, struct io *io, u64 *offset)
{
	struct text *text = file->private;

	if (!text) {
		text = kmalloc(sizeof(*text));
		if (!text)
			return -ENOMEM;
		text_init(text);
		file->private = text;
	}
	return read_pieces(file->inode, text, io, offset);
}

static ssize_t pseudo_read(struct file *file, struct io *io, u64 *offset)
{
	const struct pseudo_file *definition = file->inode->definition;
	ssize_t result;

	mutex_lock(&file->inode->lock);
	result = recheck(file->inode, false);
	if (!result && definition->read)
		result = definition->read(file->inode->argument, io, offset);
	else if (!result)
		result = definition->show ? read_text(file, io, offset) : -EINVAL;
	mutex_unlock(&file->inode->lock);
	return result;
}

static ssize_t pseudo_write(struct file *file, struct io *io, u64 *offset)
{
	const struct pseudo_file *definition = file->inode->definition;
	ssize_t result = recheck(file->inode, true);
	size_t size = io->left;

	if (result)
		return result;
	if (!definition->write || size >= PAGE_SIZE)
		return -EINVAL;
	KMALLOC_HELD char *text = kmalloc(size + 1);

	if (!text)
		return -ENOMEM;
	if (io_read(io, text, size) < size)
		return io->error;
	text[size] = '\0';
	result = definition->write(file->inode->argument, text, size);
	if (result)
		return result;
	*offset += size;
	return (ssize_t)size;
}

static void pseudo_release(struct file *file)
{
	struct text *text = file->private;

	if (!text)
		return;
	text_free(text);
	kfree(text);
}

static const struct file_operations pseudo_operations = {
	.seekable = true,
	.release = pseudo_release,
	.read = pseudo_read,
	.write = pseudo_write,
};

int pseudo_truncate(struct inode *inode UNUSED, u64 size UNUSED)
{
	return 0;
}

static const struct inode_operations pseudo_inode_operations = {
	.truncate = pseudo_truncate,
};

struct inode *pseudo_inode(struct mount *mount, const struct pseudo_file *file, void *argument)
{
	struct inode *inode = inode_create(mount, S_IFREG | file->permissions);

	if (!inode)
		return NULL;
	inode->operations = &pseudo_inode_operations;
	inode->file_operations = &pseudo_operations;
	inode->definition = file;
	inode->argument = argument;
	atomic_init(&inode->links, 1);
	return inode;
}

int pseudo_add(struct dentry *directory, const struct pseudo_file *file, void *argument)
{
	struct inode *inode = pseudo_inode(directory->inode->mount, file, argument);

	if (inode)
		atomic_init(&inode->links, 0); /* linking counts it */
	return dentry_add(directory, file->name, inode) ? 0 : -ENOMEM;
}

/* Directories whose entries are numbers */

s64 pseudo_number(const char *name)
{
	s64 value = 0;

	if (!*name || (name[0] == '0' && name[1]))
		return -1;
	for (; *name; name++) {
		if (*name < '0' || *name > '9' || value > INT32_MAX / 10)
			return -1;
		value = value * 10 + (*name - '0');
	}
	return value <= INT32_MAX ? value : -1;
}

struct dentry *pseudo_entry(struct dentry *parent, const char *name, struct inode *inode)
{
	struct dentry *dentry = inode ? dentry_create(parent, name, inode) : NULL;

	return dentry ? dentry : error_pointer(-ENOMEM);
}

bool pseudo_emit(struct directory_cursor *cursor, u64 number, u64 inode, u32 type)
{
	char name[24];
	u64 next = DIRECTORY_LIST_POSITION + number + 1;

	snprintf(name, sizeof(name), "%lu", number);
	if (!cursor->emit(cursor, name, inode, type, next))
		return false;
	cursor->position = next;
	return true;
}
