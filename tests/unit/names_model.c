/* The model of a tree of names (names_model.h). The order of the checks is Linux's. */
#include "tests/unit/names_model.h"

#include "lib/abi/stat.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/string.h"

#define ROOM 4096

static struct model_file files[ROOM];
static struct model_entry entries[ROOM];
static u32 file_count, entry_count;
static struct model_file *root = files, *cwd = files;

/* Where a path leads: its last component, the directory that it is in, and what it names. */
struct place {
	struct model_file *directory; /* of "/": itself */
	struct model_file *file;      /* NULL: nothing has that name */
	char name[NAME_MAX + 1];      /* "": there is none, as in "/" */
	bool slash;                   /* a slash follows */
};

static struct model_file *make_root(void)
{
	struct model_file *file = &files[file_count++];

	*file = (struct model_file){ .type = S_IFDIR, .links = 1, .parent = file, .root = file };
	return file;
}

static struct model_file *make_file(u32 type, struct model_file *parent)
{
	struct model_file *file = &files[file_count++];

	*file = (struct model_file){ .type = type, .parent = parent, .root = parent->root };
	return file;
}

static void add_entry(struct place *place, struct model_file *file)
{
	struct model_entry *entry = &entries[entry_count++];

	entry->directory = place->directory;
	entry->file = file;
	memcpy(entry->name, place->name, sizeof(entry->name));
	file->links++;
}

static struct model_entry *find_entry(const struct model_file *directory, const char *name)
{
	for (u32 i = 0; i < entry_count; i++)
		if (entries[i].directory == directory && strcmp(entries[i].name, name) == 0)
			return &entries[i];
	return NULL;
}

static void remove_entry(struct place *place)
{
	struct model_entry *entry = find_entry(place->directory, place->name);

	entry->file->links--;
	*entry = entries[--entry_count];
}

static bool is_directory(const struct model_file *file)
{
	return S_ISDIR(file->type);
}

static bool is_removed(const struct model_file *directory)
{
	return directory->links == 0;
}

/* Goes from a root to the directory that its file system covers, but not above `top`. */
static struct model_file *below(struct model_file *directory, const struct model_file *top)
{
	while (directory != top && directory->under)
		directory = directory->under;
	return directory;
}

/* Goes one step up, but not above `top`. */
static struct model_file *above(struct model_file *directory, const struct model_file *top)
{
	directory = below(directory, top);
	return directory == top ? directory : directory->parent;
}

static bool is_within(struct model_file *directory, const struct model_file *ancestor)
{
	while (directory != ancestor && directory != above(directory, NULL))
		directory = above(directory, NULL);
	return directory == ancestor;
}

/* The topmost file system that is mounted there, if any. NULL stays NULL. */
static struct model_file *uncovered(struct model_file *file)
{
	while (file && file->over)
		file = file->over;
	return file;
}

static struct model_file *find(struct model_file *directory, const char *name)
{
	struct model_entry *entry;

	if (strcmp(name, ".") == 0)
		return directory;
	if (strcmp(name, "..") == 0)
		return above(directory, root);
	entry = find_entry(directory, name);
	return entry ? entry->file : NULL;
}

static bool is_special(const struct place *place)
{
	return !*place->name || strcmp(place->name, ".") == 0 || strcmp(place->name, "..") == 0;
}

/* Where a walk arrives at the place: what has the name may be covered. */
static struct model_file *arrival(const struct place *place)
{
	return is_special(place) ? place->file : uncovered(place->file);
}

static const char *skip_slashes(const char *text)
{
	while (*text == '/')
		text++;
	return text;
}

/* Looks up the next component in the place reached so far. */
static int step(struct place *place, const char **text)
{
	size_t length = 0;

	struct model_file *at = arrival(place);

	if (!at)
		return -ENOENT;
	if (!is_directory(at))
		return -ENOTDIR;
	while ((*text)[length] && (*text)[length] != '/')
		length++;
	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(place->name, *text, length);
	place->name[length] = '\0';
	place->slash = (*text)[length] == '/';
	*text = skip_slashes(*text + length);
	place->directory = at;
	place->file = find(place->directory, place->name);
	return 0;
}

static int walk(struct model_file *from, const char *text, u32 *links, struct place *place);

/* Goes from a symbolic link to where its text leads. */
static int lead_on(struct place *place, u32 *links)
{
	bool slash = place->slash;
	int error;

	if (++*links > SYMLOOP_MAX)
		return -ELOOP;
	error = walk(place->directory, place->file->target, links, place);
	place->slash |= slash;
	return error;
}

static int follow_links(struct place *place, u32 *links)
{
	int error = 0;

	while (!error && place->file && S_ISLNK(place->file->type))
		error = lead_on(place, links);
	return error;
}

/* Walks to the last component, which is not followed. */
static int walk(struct model_file *from, const char *text, u32 *links, struct place *place)
{
	int error = 0;

	if (*text == '/')
		from = root;
	ASSERT(from);
	*place = (struct place){ .directory = from, .file = from };
	text = skip_slashes(text);
	while (!error && *text) {
		error = follow_links(place, links);
		if (!error)
			error = step(place, &text);
	}
	return error;
}

static int begin(const char *path, u32 *links, struct place *place)
{
	*links = 0;
	if (!*path)
		return -ENOENT;
	if (strnlen(path, PATH_MAX) == PATH_MAX)
		return -ENAMETOOLONG;
	return walk(cwd, path, links, place);
}

int model_lookup(const char *path, bool follow, struct model_file **file)
{
	struct place place;
	u32 links;
	int error = begin(path, &links, &place);

	if (!error && (follow || place.slash))
		error = follow_links(&place, &links);
	if (error)
		return error;
	if (!place.file)
		return -ENOENT;
	*file = arrival(&place);
	return place.slash && !is_directory(place.file) ? -ENOTDIR : 0;
}

/* The place of a new name. */
static int find_room(const char *path, bool directory, struct place *place)
{
	u32 links;
	int error = begin(path, &links, place);

	if (error)
		return error;
	if (place->file)
		return -EEXIST;
	if (place->slash && !directory)
		return -ENOENT;
	return is_removed(place->directory) ? -ENOENT : 0;
}

static int make(const char *path, u32 type, const char *target)
{
	struct place place;
	struct model_file *file;
	int error = type == S_IFLNK && !*target ? -ENOENT : 0;

	if (!error)
		error = find_room(path, type == S_IFDIR, &place);
	if (error)
		return error;
	file = make_file(type, place.directory);
	strlcpy(file->target, target, sizeof(file->target));
	add_entry(&place, file);
	return 0;
}

static int create(const char *path, bool exclusive)
{
	struct place place;
	u32 links;
	int error = begin(path, &links, &place);

	while (!error) {
		if (is_special(&place))
			return exclusive ? -EEXIST : -EISDIR;
		if (place.slash)
			return -EISDIR;
		if (!place.file && is_removed(place.directory))
			return -ENOENT;
		if (!place.file) {
			add_entry(&place, make_file(S_IFREG, place.directory));
			return 0;
		}
		if (exclusive)
			return -EEXIST;
		if (!S_ISLNK(place.file->type))
			return is_directory(place.file) ? -EISDIR : 0;
		error = lead_on(&place, &links);
	}
	return error;
}

static int link(const char *old, bool follow, const char *new)
{
	struct model_file *file;
	struct place place;
	int error = model_lookup(old, follow, &file);

	if (!error)
		error = find_room(new, false, &place);
	if (error)
		return error;
	if (file->root != place.directory->root)
		return -EXDEV;
	if (is_directory(file))
		return -EPERM;
	add_entry(&place, file);
	return 0;
}

static int unlink(const char *path)
{
	struct place place;
	u32 links;
	int error = begin(path, &links, &place);

	if (error)
		return error;
	if (is_special(&place))
		return -EISDIR;
	if (!place.file)
		return -ENOENT;
	if (is_directory(place.file))
		return -EISDIR;
	if (place.slash)
		return -ENOTDIR;
	remove_entry(&place);
	return 0;
}

static int rmdir(const char *path)
{
	struct place place;
	u32 links;
	int error = begin(path, &links, &place);

	if (error)
		return error;
	if (!*place.name)
		return -EBUSY;
	if (is_special(&place))
		return place.name[1] ? -ENOTEMPTY : -EINVAL;
	if (!place.file)
		return -ENOENT;
	if (!is_directory(place.file))
		return -ENOTDIR;
	if (place.file->over)
		return -EBUSY;
	if (model_entry(place.file, 0))
		return -ENOTEMPTY;
	remove_entry(&place);
	return 0;
}

/* Why `old` cannot get the name of `new`, both of which have been looked up; 0: it can. */
static int check_rename(const struct place *old, const struct place *new, enum name_call call)
{
	bool directory = is_directory(old->file), exchange = call == CALL_RENAME_EXCHANGE;

	if (is_removed(new->directory))
		return -ENOENT;
	if (new->file && call == CALL_RENAME_NOREPLACE)
		return -EEXIST;
	if (!directory && (old->slash || (new->slash && !exchange)))
		return -ENOTDIR;
	if (exchange && new->slash && !is_directory(new->file))
		return -ENOTDIR;
	if (directory && is_within(new->directory, old->file))
		return -EINVAL;
	if (new->file && is_directory(new->file) && is_within(old->directory, new->file))
		return exchange ? -EINVAL : -ENOTEMPTY;
	if (old->file->over)
		return -EBUSY;
	if (!new->file || new->file == old->file)
		return 0;
	if (exchange)
		return new->file->over ? -EBUSY : 0;
	if (is_directory(new->file) != directory)
		return directory ? -ENOTDIR : -EISDIR;
	if (new->file->over)
		return -EBUSY;
	return directory && model_entry(new->file, 0) ? -ENOTEMPTY : 0;
}

static void move(struct place *old, struct place *new, bool exchange)
{
	if (new->file == old->file)
		return;
	remove_entry(old);
	if (new->file)
		remove_entry(new);
	add_entry(new, old->file);
	old->file->parent = new->directory;
	if (!exchange)
		return;
	add_entry(old, new->file);
	new->file->parent = old->directory;
}

static int rename_file(const char *from, const char *to, enum name_call call)
{
	struct place old, new;
	u32 links;
	int error = begin(from, &links, &old);

	if (!error)
		error = begin(to, &links, &new);
	if (error)
		return error;
	if (old.directory->root != new.directory->root)
		return -EXDEV;
	if (is_special(&old))
		return -EBUSY;
	if (is_special(&new))
		return call == CALL_RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	if (!old.file || (!new.file &&call == CALL_RENAME_EXCHANGE))
		return -ENOENT;
	error = check_rename(&old, &new, call);
	if (!error)
		move(&old, &new, call == CALL_RENAME_EXCHANGE);
	return error;
}

static int mount(const char *path)
{
	struct model_file *file;
	int error = model_lookup(path, true, &file);

	if (error)
		return error;
	if (!is_directory(file))
		return -ENOTDIR;
	if (is_removed(file))
		return -ENOENT;
	if (file->over)
		return -EBUSY;
	file->over = make_root();
	file->over->under = file;
	return 0;
}

/* Whether the process is in the file system, or another one is mounted in it. */
static bool is_in_use(const struct model_file *mounted)
{
	for (u32 i = 0; i < file_count; i++)
		if (files[i].root == mounted && files[i].over)
			return true;
	return cwd->root == mounted || root->root == mounted;
}

static int unmount(const char *path)
{
	struct model_file *file;
	int error = model_lookup(path, true, &file);

	if (error)
		return error;
	if (!file->under)
		return -EINVAL;
	if (is_in_use(file))
		return -EBUSY;
	for (u32 i = 0; i < entry_count;) {
		if (entries[i].directory->root == file)
			entries[i] = entries[--entry_count];
		else
			i++;
	}
	file->under->over = NULL;
	file->under = NULL;
	return 0;
}

static int go(const char *path, struct model_file **which)
{
	struct model_file *file;
	int error = model_lookup(path, true, &file);

	if (error)
		return error;
	if (!is_directory(file))
		return -ENOTDIR;
	*which = file;
	return 0;
}

int model_call(enum name_call call, const char *first, const char *second)
{
	switch (call) {
	case CALL_MAKE_FILE:
		return make(first, S_IFREG, "");
	case CALL_CREATE:
	case CALL_CREATE_NEW:
		return create(first, call == CALL_CREATE_NEW);
	case CALL_MKDIR:
		return make(first, S_IFDIR, "");
	case CALL_SYMLINK:
		return make(first, S_IFLNK, second);
	case CALL_LINK:
	case CALL_LINK_FOLLOW:
		return link(first, call == CALL_LINK_FOLLOW, second);
	case CALL_UNLINK:
		return unlink(first);
	case CALL_RMDIR:
		return rmdir(first);
	case CALL_MOUNT:
		return mount(first);
	case CALL_UNMOUNT:
		return unmount(first);
	case CALL_CHDIR:
		return go(first, &cwd);
	case CALL_CHROOT:
		return go(first, &root);
	case CALL_RETURN:
		root = cwd = model_root_of_all();
		return 0;
	default:
		return rename_file(first, second, call);
	}
}

/* A directory has its own "." and the ".." of the directories in it as further names. */
u32 model_links(const struct model_file *file)
{
	u32 links = file->links;

	if (!is_directory(file) || is_removed(file))
		return links;
	for (u32 i = 0; i < entry_count; i++)
		links += entries[i].directory == file && is_directory(entries[i].file);
	return links + 1;
}

struct model_entry *model_entry(const struct model_file *directory, u32 n)
{
	if (!directory)
		directory = cwd;
	for (u32 i = 0; i < entry_count; i++)
		if (entries[i].directory == directory && n-- == 0)
			return &entries[i];
	return NULL;
}

static const char *name_of(const struct model_file *directory)
{
	for (u32 i = 0; i < entry_count; i++)
		if (entries[i].file == directory)
			return entries[i].name;
	return "";
}

/* Puts a text in front of the one in the buffer. */
static void prepend(char *buffer, size_t size, const char *text)
{
	size_t length = min(strlen(text), size - 1 - strlen(buffer));

	memmove(buffer + length, buffer, strlen(buffer) + 1);
	memcpy(buffer, text, length);
}

ssize_t model_cwd(char *buffer, size_t size)
{
	struct model_file *at = below(cwd, root);

	*buffer = '\0';
	if (is_removed(cwd))
		return -ENOENT;
	for (; at != root && at != at->parent; at = below(at->parent, root)) {
		prepend(buffer, size, name_of(at));
		prepend(buffer, size, "/");
	}
	if (!*buffer)
		prepend(buffer, size, "/");
	if (at != root)
		prepend(buffer, size, "(unreachable)");
	return strlen(buffer) < PATH_MAX ? (ssize_t)strlen(buffer) : -ENAMETOOLONG;
}

struct model_file *model_root_of_all(void)
{
	return &files[0];
}

/* The removed directory, on the way up from `from`, that was in the directory; or NULL. */
static const struct model_file *removed_below(const struct model_file *from,
	const struct model_file *directory)
{
	for (; is_removed(from); from = from->parent)
		if (from->parent == directory)
			return from;
	return NULL;
}

u32 model_holders(const struct model_file *directory)
{
	const struct model_file *of_cwd = removed_below(cwd, directory);
	const struct model_file *of_root = removed_below(root, directory);

	return (cwd == directory) + (root == directory) + (directory->over != NULL) +
		(of_cwd != NULL) + (of_root && of_root != of_cwd);
}

bool model_is_full(void)
{
	return file_count == ROOM || entry_count == ROOM;
}

void model_clear(void)
{
	file_count = entry_count = 0;
	root = cwd = make_root();
}
