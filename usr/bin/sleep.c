/*
 * sleep SECONDS: waits. Seconds may have a fraction: 0.25.
 */
#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <time.h>

static struct timespec parse_duration(char *text)
{
	struct timespec duration = { .tv_sec = strtol(text, &text, 10) };

	if (*text == '.') {
		long unit = 100000000;

		for (text++; isdigit(*text); text++, unit /= 10)
			duration.tv_nsec += (*text - '0') * unit;
	}
	if (*text || duration.tv_sec < 0)
		errx(EXIT_FAILURE, "not a number of seconds");
	return duration;
}

int main(int argc, char **argv)
{
	struct timespec duration;

	if (argc != 2)
		errx(EXIT_FAILURE, "usage: sleep SECONDS");
	duration = parse_duration(argv[1]);
	return nanosleep(&duration, NULL) < 0;
}
