#ifndef COWSLIP_LIBC_ASSERT_H
#define COWSLIP_LIBC_ASSERT_H

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) \
	((condition) ? (void)0 : assertion_failed(#condition, __FILE__, __LINE__, __func__))
#endif

#define static_assert _Static_assert

_Noreturn void assertion_failed(const char *condition, const char *file, int line,
	const char *function);

#endif
