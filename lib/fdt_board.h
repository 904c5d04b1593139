/*
 * What a device tree says about the machine as a whole: memory, which parts of it are taken, what
 * the boot loader chose, and the harts. Lists are read by index, from 0 up until the function
 * returns false; entries that make no sense are left out. No state, no locks; called at boot.
 */
#pragma once

#include "lib/fdt.h"

/* A bank of memory. */
bool fdt_memory(const struct fdt *fdt, u32 index, struct fdt_range *range);

struct fdt_reserved {
	struct fdt_range range;
	bool by_loader; /* in the reservation block, where loaders put the initrd and the tree, too */
};

/* Memory that is not ours: the reservation block, then the children of /reserved-memory. */
bool fdt_reserved(const struct fdt *fdt, u32 index, struct fdt_reserved *reserved);

/* The command line; empty if there is none. */
const char *fdt_boot_arguments(const struct fdt *fdt);

/* Where the boot loader put the initial RAM disk; false if there is none. */
bool fdt_initrd(const struct fdt *fdt, struct fdt_range *range);

/*
 * The console that the firmware uses; "no node" if it does not say. What follows the colon
 * ("115200n8") goes to *options, unless that is NULL; empty if nothing does.
 */
struct fdt_node fdt_stdout(const struct fdt *fdt, const char **options);

struct fdt_hart {
	struct fdt_node node;
	u64 id;
	bool usable; /* enabled, and has what the kernel cannot do without: others must not be started */
};

/* A node under /cpus that is a hart. */
bool fdt_hart(const struct fdt *fdt, u32 index, struct fdt_hart *hart);

/* The same from its node; false if the node is not a hart. */
bool fdt_hart_from_node(struct fdt_node node, struct fdt_hart *hart);

/* Whether it has an ISA extension, named in lower case: "c", "sstc". Both notations are read. */
bool fdt_hart_has_extension(const struct fdt_hart *hart, const char *extension);

/*
 * The context by which an interrupt controller raises the hart's own interrupt `number`: its index
 * in the controller's list `interrupts-extended`.
 */
bool fdt_hart_context(struct fdt_node controller, u64 hart_id, u32 number, u32 *context);

/* The frequency of the time CSR, in Hz; 0 if the tree does not say. */
u64 fdt_timebase_frequency(const struct fdt *fdt);
