/*
 * sysconf, from the auxiliary vector and the scheduler.
 */
#include <errno.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

static long usable_harts(void)
{
	cpu_set_t set;
	long count = 0;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		count += CPU_ISSET(cpu, &set);
	return count;
}

long sysconf(int name)
{
	struct rlimit limit;

	switch (name) {
	case _SC_PAGESIZE:
		return getpagesize();
	case _SC_CLK_TCK:
		return (long)getauxval(AT_CLKTCK);
	case _SC_OPEN_MAX:
		return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? -1 : (long)limit.rlim_cur;
	case _SC_NPROCESSORS_ONLN:
		return usable_harts();
	default:
		errno = EINVAL;
		return -1;
	}
}

int getpagesize(void)
{
	return (int)getauxval(AT_PAGESZ);
}
