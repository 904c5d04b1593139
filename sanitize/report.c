/*
 * What the sanitizers have in common (lib/sanitize.h): their start, and their end in a panic.
 */
#include "sanitize/report.h"

#include "arch/riscv/symbols.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/sanitize.h"

#define REPORT_SIZE 2048

/* The linker's marks around the pointers to the functions that the compiler wants called. */
extern void (*const constructors_start[])(void);
extern void (*const constructors_end[])(void);

static _Atomic bool reporting;

void sanitize_init(void)
{
	for (void (*const *constructor)(void) = constructors_start; constructor < constructors_end;
		constructor++)
		(*constructor)();
}

bool sanitize_reporting(void)
{
	return __c11_atomic_load(&reporting, __ATOMIC_RELAXED);
}

size_t sanitize_append(char *text, size_t used, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	used += (size_t)vsnprintf(text + used, size - used, format, arguments);
	va_end(arguments);
	return min(used, size - 1);
}

size_t sanitize_append_callers(char *text, size_t used, size_t size, const u64 *callers)
{
	for (u32 i = 0; i < SANITIZE_CALLERS && callers[i]; i++) {
		u64 offset = 0;
		const char *name = symbol_name(callers[i], &offset);

		used = sanitize_append(text, used, size, "\n  %016lx %s+0x%lx", callers[i],
			name ? name : "?", offset);
	}
	return used;
}

NORETURN void sanitize_report(const char *format, ...)
{
	static char text[REPORT_SIZE];
	va_list arguments;

	/* Two harts that report at once may garble each other's text; the machine panics anyway. */
	__c11_atomic_store(&reporting, true, __ATOMIC_RELAXED);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	panic("%s", text);
}
