/*
 * Where a program begins. exec leaves on the stack: argc, the argument pointers, NULL, the
 * environment pointers, NULL, the auxiliary vector. A static-PIE program, which may be loaded
 * anywhere, first adds its load address to the pointers that the linker left relative.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "lib/abi/elf.h"

typedef struct {
	unsigned long type;
	unsigned long value;
} auxv_entry_t;

int main(int argc, char **argv, char **environment);
_Noreturn void start(long *stack, const Elf64_Dyn *dynamic, char *base);

int errno;
char *program_invocation_short_name = "";
char **environ;
static const auxv_entry_t *auxv;

/* A program that is linked to a fixed address has no _DYNAMIC: the weak symbol is 0. */
__asm__(".pushsection .text.start, \"ax\"\n"
	".global _start\n"
	".weak _DYNAMIC\n"
	".hidden _DYNAMIC\n"
	"_start:\n"
	"	.option push\n"
	"	.option norelax\n"
	"	lla	gp, __global_pointer$\n"
	"	.option pop\n"
	"	mv	a0, sp\n"
	"	lla	a1, _DYNAMIC\n"
	"	lla	a2, __ehdr_start\n"
	"	andi	sp, sp, -16\n"
	"	li	fp, 0\n"
	"	li	ra, 0\n"
	"	tail	start\n"
	".popsection\n");

static void relocate(const Elf64_Dyn *dynamic, char *base)
{
	const Elf64_Rela *entry = NULL;
	size_t size = 0;

	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		if (dynamic->d_tag == DT_RELA)
			entry = (const Elf64_Rela *)(base + dynamic->d_val);
		else if (dynamic->d_tag == DT_RELASZ)
			size = dynamic->d_val;
	}
	for (; entry && size >= sizeof(*entry); size -= sizeof(*entry), entry++)
		if (ELF64_R_TYPE(entry->r_info) == R_RISCV_RELATIVE)
			*(char **)(base + entry->r_offset) = base + entry->r_addend;
}

_Noreturn void start(long *stack, const Elf64_Dyn *dynamic, char *base)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	char **end;

	if (dynamic)
		relocate(dynamic, base);

	environ = argv + argc + 1;
	if (argc) {
		char *slash = strrchr(argv[0], '/');

		program_invocation_short_name = slash ? slash + 1 : argv[0];
	}
	for (end = environ; *end; end++)
		;
	auxv = (const auxv_entry_t *)(end + 1);
	exit(main(argc, argv, environ));
}

unsigned long getauxval(unsigned long type)
{
	for (const auxv_entry_t *entry = auxv; entry->type != AT_NULL; entry++)
		if (entry->type == type)
			return entry->value;
	errno = ENOENT;
	return 0;
}
