/*
 * A walk along a path, for the code that looks names up (fs/path.c) and changes them (fs/name.c,
 * fs/rename.c). The caller holds names_lock from the first component to the last change, so that
 * nothing it has looked at can have moved meanwhile.
 *
 * A walk stands at a directory, with the rest of the path ahead of it. At a symbolic link, the
 * link's text is walked first, and the rest of the path waits its turn: no recursion.
 */
#pragma once

#include "fs/path.h"

struct walk {
	struct dentry *root; /* counted */
	struct dentry *at;   /* counted */
	const char *text;    /* what is left, and below, what is left of the paths around it */
	const char *rest[SYMLOOP_MAX];
	u32 rests;
	u32 links;               /* followed so far */
	bool slash;              /* follows walk->name */
	bool directory;          /* a slash at the end: what is found must be a directory */
	char name[NAME_MAX + 1]; /* the last component, after walk_to_last(); "" for "/" */
};

/* Without names_lock: 0, -ENOENT (empty path) or -ENAMETOOLONG. After 0, call walk_end(). */
int walk_begin(struct walk *walk, struct path path);
void walk_end(struct walk *walk);

/* Whether anything is left of the path; moves on to where it begins. */
bool walk_has_more(struct walk *walk);

/* Walks all but the last component, whose name is then in walk->name. */
int walk_to_last(struct walk *walk) REQUIRES_SHARED(names_lock);

/* The entry called walk->name, counted and not yet followed; NULL: none; or an error pointer. */
struct dentry *walk_find(struct walk *walk) REQUIRES_SHARED(names_lock);

/*
 * Follows the symbolic link: goes straight to its target, or makes its text the next to be walked.
 */
int walk_follow(struct walk *walk, struct inode *link) REQUIRES_SHARED(names_lock);

/* Whether walk->name is one that no entry can have: "/", "." or "..". */
bool walk_ends_special(const struct walk *walk);

/* Whether names in walk->at may change: 0, -ENOTDIR, -ENOENT, -EPERM, -EROFS, -EACCES. */
int walk_check_changeable(const struct walk *walk) REQUIRES_SHARED(names_lock);

/* Whether the name of that inode may be removed: also -EPERM (sticky, and not the caller's). */
int walk_check_removable(const struct walk *walk, const struct inode *inode)
	REQUIRES_SHARED(names_lock);
