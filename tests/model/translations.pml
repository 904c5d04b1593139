/*
 * Who forgets translations when (arch/riscv/tlb.c), for Spin: harts come to an address space and go,
 * and remember what they found in its page table under the space's number; another hart changes the
 * entry, and frees the old page once that is over. A word of bits, one for each hart, is read or
 * changed at once; all else is a step of its own.
 *
 * Searched for: a hart that uses the page after it was freed.
 *
 * Each macro WITHOUT_... takes one safeguard out, and the search must then find an error.
 */
#define HARTS 2
#define NOTHING 0
#define OLD 1
#define NEW 2

byte entry = OLD;
byte remembered[HARTS];	/* NOTHING, or what the entry was */
byte running;		/* bits, as struct tlb_context has them */
byte stale = 3;
bool freed;

#define BIT(h) (1 << (h))

proctype hart(byte h)
{
	do
	:: /* tlb_switch() to the space */
#ifndef WITHOUT_BIT_BEFORE_LOOK
		running = running | BIT(h);
#endif
		if
		:: stale & BIT(h) ->
			stale = stale & ~BIT(h);
			remembered[h] = NOTHING
		:: else
		fi;
#ifdef WITHOUT_BIT_BEFORE_LOOK
		running = running | BIT(h);
#endif
		/* A program runs. */
		do
		:: remembered[h] == NOTHING -> remembered[h] = entry
		:: remembered[h] != NOTHING -> assert(!(freed && remembered[h] == OLD))
		:: break
		od;
		/* tlb_switch() to another */
		running = running & ~BIT(h)
	:: break
	od
}

proctype changer()
{
	byte before, mask;

	entry = NEW;
	/* harts_to_flush() */
	before = running;
#ifndef WITHOUT_MARK
#ifndef WITHOUT_MARK_BEFORE_LOOK
	stale = stale | (3 & ~before);
#endif
#endif
	mask = running;
#ifdef WITHOUT_MARK_BEFORE_LOOK
	stale = stale | (3 & ~before);
#endif
#ifndef WITHOUT_FIRST_LOOK
	mask = mask | before;
#endif
#ifdef WITHOUT_SECOND_LOOK
	mask = before;
#endif
	/* the firmware, on one hart after the other */
	if
	:: mask & BIT(0) -> remembered[0] = NOTHING
	:: else
	fi;
	if
	:: mask & BIT(1) -> remembered[1] = NOTHING
	:: else
	fi;
	freed = true
}

init
{
	atomic {
		run hart(0);
		run hart(1);
		run changer()
	}
}
