/* What forkbench measures: a figure gives one sample at a time; the median of some is printed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define NO_SAMPLE (-1) /* it cannot be measured here: too little memory, or no such call */

struct figure {
	const char *key;
	const char *what;
	long (*sample)(size_t mebibytes); /* nanoseconds for one, or a count; or NO_SAMPLE */
	size_t mebibytes;                 /* memory that the sample touches; 0: hardly any */
};

extern const struct figure call_figures[];
extern const size_t call_figure_count;
extern const struct figure memory_figures[];
extern const size_t memory_figure_count;
extern const struct figure storm_figures[];
extern const size_t storm_figure_count;

/* Nanoseconds now; and those since `start`, less what this pair of calls costs. */
unsigned long bench_now(void);
long bench_since(unsigned long start);

/* Ends the program: something has failed without which the benchmark makes no sense. */
void bench_fail(const char *what) __attribute__((noreturn));

int bench_fork(void);
void bench_wait(int pid);
