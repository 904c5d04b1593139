/*
 * A walk along a path, for those who look names up (fs/path.c) and change them (fs/name.c,
 * fs/rename.c). The caller holds names_lock from the first component to the last change, so that
 * nothing it has looked at can have moved meanwhile.
 *
 * A walk stands at a directory, with what is left of the path before it. Where a symbolic link
 * leads on, its text comes first, and the rest of the path waits its turn: no recursion.
 */
#pragma once

#include "fs/path.h"

struct walk {
	struct dentry *root; /* counted */
	struct dentry *at;   /* counted */
	const char *text;    /* what is left, and what is left of each path around it */
	const char *rest[SYMLOOP_MAX];
	u32 rests;
	u32 links;               /* followed so far */
	bool slash;              /* follows walk->name */
	bool directory;          /* a slash at the end: what is found must be a directory */
	char name[NAME_MAX + 1]; /* the last component, after walk_to_last(); "" for "/" */
};

/* Without names_lock: 0, -ENOENT (empty path) or -ENAMETOOLONG. After 0, walk_end() is owed. */
int walk_begin(struct walk *walk, struct path path);
void walk_end(struct walk *walk);

/* Whether anything is left of the path; moves on to where it begins. */
bool walk_has_more(struct walk *walk);

/* Walks all but the last component, whose name is then in walk->name. */
int walk_to_last(struct walk *walk) REQUIRES_SHARED(names_lock);

/* The entry called walk->name, counted and not yet followed; NULL: none; or an error pointer. */
struct dentry *walk_find(struct walk *walk) REQUIRES_SHARED(names_lock);

/*
 * Goes where the symbolic link leads: there at once (nothing is left then), or its text is what is
 * left to walk.
 */
int walk_follow(struct walk *walk, struct inode *link) REQUIRES_SHARED(names_lock);

/* walk->name is none that an entry can have: "/", "." or "..". */
bool walk_ends_special(const struct walk *walk);

/* Whether names in the walk's directory may change: 0, -ENOTDIR, -ENOENT, -EPERM, -EROFS, -EACCES. */
int walk_check_changeable(const struct walk *walk) REQUIRES_SHARED(names_lock);

/* Whether the name of that inode may go: also -EPERM, the directory is sticky, and it is another's. */
int walk_check_removable(const struct walk *walk, const struct inode *inode)
	REQUIRES_SHARED(names_lock);
