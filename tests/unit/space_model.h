/*
 * What address spaces should hold, page by page (space_model.c), and the calls that change what is
 * mapped (space_calls.c), for test_space.c: the kernel gets each call, and the model is told of it
 * when the kernel says that it was done.
 */
#pragma once

#include "mm/cache.h"
#include "mm/region.h"
#include "mm/space.h"

#define SPACES       6
#define OBJECTS      8 /* files and pieces of shared memory */
#define OBJECT_PAGES 160
#define WINDOW_PAGES 160
#define WINDOWS      3
#define WORDS        2 /* of each page: the first and the last */

/* What can be mapped, and what its pages should hold. */
struct object {
	struct region handle;    /* the model's own reference, while there are mappings */
	struct page_cache cache; /* of a file */
	bool file;               /* has an end, and holes that nobody has written to */
	u32 size;                /* of a file, in pages */
	u32 mappings;            /* pages of the model's spaces that refer to it */
	u64 word[OBJECT_PAGES][WORDS];
};

/* What a page of a space should look like. */
struct page_model {
	bool mapped;
	u32 flags;             /* of the region */
	struct object *object; /* NULL: private memory */
	u32 index;             /* in the object */
	bool copied;           /* a private mapping of an object that has its own page by now */
	u64 word[WORDS];       /* of its own page */
};

struct space_model {
	struct space *space;
	u32 harts; /* how many run in it */
	struct page_model page[WINDOWS][WINDOW_PAGES];
};

/* A range of pages in one window. */
struct range {
	u32 window, first, count;
};

extern struct space_model models[SPACES];

u64 address_in(u32 window, u32 page);
u32 random_page(void);
struct range random_range(u32 count_limit);

/* Limits of the process, at random, until model_lift_limits(). */
void model_change_limits(void);
void model_lift_limits(void);

/* Whether the limits forbid so many more pages with these flags, if what is replaced goes. */
bool model_exceeds(const struct space_model *model, u64 pages, u32 flags, struct range replaced);

/* The same if the range becomes writable. */
bool model_exceeds_writable(const struct space_model *model, struct range range);

/* The result of an access: 0, -EFAULT, or -ENXIO past the end of a file. */
int model_access(const struct page_model *page, enum access access);

u64 *model_word(struct page_model *page, u32 word);
void model_store(struct page_model *page, u32 word, u64 value);

/* The page has been read: if it was a hole in a file, it is a private page of zeroes now. */
void model_note_read(struct page_model *page);

/* The page is private from now on, whatever it holds. */
void model_copy(struct page_model *page);

/* Nothing is mapped there any more. */
void model_forget(struct page_model *page);

/*
 * Called after a page was accessed (touched: it certainly was): if nothing was mapped there, a
 * stack may have grown down to it, unless a limit forbids that.
 */
void model_grow_stack(struct space_model *model, u32 window, u32 first, bool touched);

/* The calls, with random arguments. */
void call_map(struct space_model *model);
void call_map_object(struct space_model *model);
void call_unmap(struct space_model *model);
void call_protect(struct space_model *model);
void call_discard(struct space_model *model);
void call_mark(struct space_model *model);
void call_move(struct space_model *model);
void call_resize(struct space_model *model);
void call_populate(struct space_model *model);
void call_resident(struct space_model *model);

/* Takes pages of a file from all that map it, or changes its size. */
void call_withdraw(void);
