/*
 * What clang's thread-safety analysis (-Wthread-safety) is told about locks; empty for other
 * compilers. In C the analysis cannot parse a structure's own lock within that structure, so
 * there MEMBER_GUARDED_BY states the rule for the reader, and REQUIRES(object->lock) on the
 * functions that touch the member makes the compiler check it.
 */
#pragma once

#ifdef __clang__
#define THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define THREAD_ATTRIBUTE(x)
#endif

/* On a lock's type, between `struct` and its tag. */
#define CAPABILITY(kind) THREAD_ATTRIBUTE(capability(kind))

/* On a global: which lock it needs. */
#define GUARDED_BY(lock) THREAD_ATTRIBUTE(guarded_by(lock))
#define MEMBER_GUARDED_BY(lock)

/* On a function: what its caller holds, */
#define REQUIRES(...)        THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) THREAD_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
/* must not hold, */
#define EXCLUDES(...) THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
/* takes or releases by the call, */
#define ACQUIRE(...)        THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define ACQUIRE_SHARED(...) THREAD_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define RELEASE(...)        THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define RELEASE_SHARED(...) THREAD_ATTRIBUTE(release_shared_capability(__VA_ARGS__))
/* or takes if the call returns `success`. */
#define TRY_ACQUIRE(success, ...) THREAD_ATTRIBUTE(try_acquire_capability(success, __VA_ARGS__))

/* For what the analysis cannot follow, such as a lock taken here and released elsewhere. */
#define NO_THREAD_SAFETY_ANALYSIS THREAD_ATTRIBUTE(no_thread_safety_analysis)
