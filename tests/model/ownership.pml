/*
 * The ownership protocol of mm/table.c and mm/fault.c, for Spin: address spaces that fork, store, load
 * and exit, over one table with one page in it. Every step that another hart could see half-done is a
 * statement of its own. What an address space does to itself is serialised by its table_lock, so
 * each is one process here.
 *
 * Searched for: a frame freed while referenced or lost; a writable leaf that is reachable while its page
 * has two references; a value seen by one that another stored.
 *
 * Each macro WITHOUT_... takes one safeguard out, and the search must then find an error.
 */
#define SPACES 3
#define TABLES 6
#define PAGES 6
#define NONE 255

/* The entry that leads to the table, in each address space's root. */
mtype = { EMPTY, OWNED, SHARED };

typedef space_t {
	bool alive;
	mtype entry = EMPTY;
	byte table = NONE;
	byte expected;		/* what this space stored last, or inherited */
}

typedef table_t {
	byte count;
	byte page = NONE;	/* the leaf: NONE, or a page with W or COW */
	bool writable;
	bool cow;
}

typedef page_t {
	byte count;
	byte value;
}

space_t space[SPACES];
table_t table[TABLES];
page_t page[PAGES];
byte stores;

inline allocate_table(t)
{
	atomic {
		t = 0;
		do
		:: t < TABLES && table[t].count > 0 -> t++
		:: else -> break
		od;
		assert(t < TABLES);
		table[t].count = 1;
		table[t].page = NONE;
		table[t].writable = false;
		table[t].cow = false
	}
}

inline allocate_page(p)
{
	atomic {
		p = 0;
		do
		:: p < PAGES && page[p].count > 0 -> p++
		:: else -> break
		od;
		assert(p < PAGES);
		page[p].count = 1;
		page[p].value = 0
	}
}

/* The atomic decrement; what follows is up to who reaches 0. */
inline drop_page(p)
{
	atomic {
		assert(page[p].count > 0);
		page[p].count--
	}
}

inline drop_table(t)
{
	atomic {
		assert(table[t].count > 0);
		table[t].count--;
		last = table[t].count == 0;
		if
		:: last -> table[t].count = 1	/* still ours until it is taken apart */
		:: else -> skip
		fi
	}
	if
	:: last ->
		if
		:: table[t].page != NONE ->
			victim = table[t].page;
			drop_page(victim)
		:: else -> skip
		fi;
		atomic { table[t].page = NONE; table[t].count = 0 }
	:: else -> skip
	fi
}

/* own_table(): the entry becomes OWNED. */
inline own()
{
	old = space[me].table;
	if
#ifdef WITHOUT_COUNT_CHECK
	:: table[old].count <= 2 ->
#else
	:: table[old].count == 1 ->
#endif
		space[me].entry = OWNED
	:: else ->
		allocate_table(copy);
#ifdef WITHOUT_REFERENCE_DURING_COPY
		drop_table(old);
#endif
		if
		:: table[old].page != NONE ->
			/* share_entry(): immutable in the old table, then one more reference */
#ifndef WITHOUT_PROTECTING_OLD
			atomic {
				if
				:: table[old].writable ->
					table[old].writable = false;
					table[old].cow = true
				:: else -> skip
				fi
			}
#endif
#ifndef WITHOUT_PAGE_REFERENCE
			atomic {
				assert(page[table[old].page].count > 0);
				page[table[old].page].count++
			}
#endif
			table[copy].page = table[old].page;
			table[copy].cow = true
		:: else -> skip
		fi;
		atomic { space[me].table = copy; space[me].entry = OWNED };
#ifndef WITHOUT_REFERENCE_DURING_COPY
		drop_table(old)
#endif
	fi
}

inline reach_leaf()
{
	if
	:: space[me].entry == EMPTY ->
		allocate_table(copy);
		atomic { space[me].table = copy; space[me].entry = OWNED }
	:: space[me].entry == SHARED -> own()
	:: else -> skip
	fi
}

inline write_value()
{
	atomic {
		assert(table[space[me].table].writable);
		assert(page[table[space[me].table].page].count == 1);
		stores++;
		page[table[space[me].table].page].value = stores;
		space[me].expected = stores
	}
}

inline store()
{
	reach_leaf();
	mine = space[me].table;
	if
	:: table[mine].page == NONE ->
		allocate_page(fresh);
		atomic {
			table[mine].page = fresh;
			table[mine].writable = true;
			table[mine].cow = false
		}
	:: table[mine].page != NONE && !table[mine].writable ->
		if
#ifdef WITHOUT_SOLE_OWNER_CHECK
		:: page[table[mine].page].count <= 2 ->
#else
		:: page[table[mine].page].count == 1 ->
#endif
			atomic { table[mine].writable = true; table[mine].cow = false }
		:: else ->
			allocate_page(fresh);
			page[fresh].value = page[table[mine].page].value;
			old_page = table[mine].page;
			atomic {
				table[mine].page = fresh;
				table[mine].writable = true;
				table[mine].cow = false
			};
			drop_page(old_page)
		fi
	:: else -> skip
	fi;
	write_value()
}

inline load()
{
	if
	:: space[me].entry == EMPTY -> assert(space[me].expected == 0)
	:: else ->
		atomic {
			mine = space[me].table;
			assert(table[mine].count > 0);
			if
			:: table[mine].page == NONE -> assert(space[me].expected == 0)
			:: else ->
				assert(page[table[mine].page].count > 0);
				assert(page[table[mine].page].value == space[me].expected)
			fi
		}
	fi
}

/* The child's slot is taken and filled at once: nobody else knows of the child yet. */
inline fork(child)
{
	if
	:: space[me].entry == OWNED -> space[me].entry = SHARED
	:: else -> skip
	fi;
	atomic {
		if
		:: !space[child].alive && space[child].entry == EMPTY ->
			if
			:: space[me].entry != EMPTY ->
				table[space[me].table].count++;
				space[child].table = space[me].table;
				space[child].entry = SHARED
			:: else -> skip
			fi;
			space[child].expected = space[me].expected;
			space[child].alive = true
		:: else -> skip
		fi
	}
}

inline finish()
{
	if
	:: space[me].entry != EMPTY ->
		old = space[me].table;
		drop_table(old)
	:: else -> skip
	fi;
	atomic {
		space[me].entry = EMPTY;
		space[me].table = NONE;
		space[me].expected = 0;
		space[me].alive = false
	}
}

/* A hart runs whatever lives in its slot; all together take STEPS steps, then everything ends. */
byte steps;

active [SPACES] proctype hart()
{
	byte me = _pid;
	byte old, copy, mine, fresh, old_page, victim;
	bool last;

idle:
end:
	space[me].alive;
	do
	:: atomic { space[me].alive && steps < STEPS -> steps++ };
		if
		:: stores < STORES -> store()
		:: skip -> load()
		:: skip -> fork((me + 1) % SPACES)
		:: skip -> finish()
		fi
	:: space[me].alive && steps == STEPS -> finish()
	:: !space[me].alive -> goto idle
	od
}

/* When nothing can happen any more, nothing is left. */
active proctype audit()
{
	byte i;

	space[0].alive = true;
	timeout;
	i = 0;
	do
	:: i < SPACES -> assert(!space[i].alive); i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < TABLES -> assert(table[i].count == 0); i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < PAGES -> assert(page[i].count == 0); i++
	:: else -> break
	od
}
