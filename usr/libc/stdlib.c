/*
 * Parsing numbers, random numbers, system(), temporary files, assertions, options.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int digit_value(int character)
{
	if (isdigit(character))
		return character - '0';
	return isalpha(character) ? tolower(character) - 'a' + 10 : INT_MAX;
}

/* What strtol and strtoul have in common: the magnitude, and whether there was a minus. */
static unsigned long parse_number(const char *text, char **end, int base, bool *negative,
	bool *overflow)
{
	const char *at = text;
	unsigned long value = 0;
	bool found = false;

	while (isspace(*at))
		at++;
	*negative = *at == '-';
	if (*at == '-' || *at == '+')
		at++;
	if ((base == 0 || base == 16) && at[0] == '0' && tolower(at[1]) == 'x' && isxdigit(at[2])) {
		at += 2;
		base = 16;
	}
	if (base == 0)
		base = *at == '0' ? 8 : 10;

	*overflow = false;
	for (; digit_value(*at) < base; at++) {
		*overflow |= __builtin_mul_overflow(value, (unsigned long)base, &value);
		*overflow |= __builtin_add_overflow(value, (unsigned long)digit_value(*at), &value);
		found = true;
	}
	if (end)
		*end = (char *)(found ? at : text);
	return value;
}

long strtol(const char *restrict text, char **restrict end, int base)
{
	bool negative, overflow;
	unsigned long value = parse_number(text, end, base, &negative, &overflow);
	unsigned long limit = (unsigned long)LONG_MAX + negative;

	if (overflow || value > limit) {
		errno = ERANGE;
		return negative ? LONG_MIN : LONG_MAX;
	}
	return negative ? (long)-value : (long)value;
}

unsigned long strtoul(const char *restrict text, char **restrict end, int base)
{
	bool negative, overflow;
	unsigned long value = parse_number(text, end, base, &negative, &overflow);

	if (overflow) {
		errno = ERANGE;
		return ULONG_MAX;
	}
	return negative ? -value : value;
}

long long strtoll(const char *restrict text, char **restrict end, int base)
{
	return strtol(text, end, base);
}

unsigned long long strtoull(const char *restrict text, char **restrict end, int base)
{
	return strtoul(text, end, base);
}

long atol(const char *text)
{
	return strtol(text, NULL, 10);
}

int atoi(const char *text)
{
	return (int)atol(text);
}

int abs(int value)
{
	return value < 0 ? -value : value;
}

long labs(long value)
{
	return value < 0 ? -value : value;
}

/* A 64-bit linear congruential generator, of which the upper 31 bits are used. */
#define RANDOM_FACTOR 6364136223846793005UL
#define RANDOM_STEP   1442695040888963407UL

static unsigned long random_state = 1;

int rand(void)
{
	random_state = random_state * RANDOM_FACTOR + RANDOM_STEP;
	return (int)(random_state >> 33);
}

void srand(unsigned int seed)
{
	random_state = seed;
}

int system(const char *command)
{
	int status;
	pid_t child;

	if (!command)
		return 1; /* there is a shell */
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	return status;
}

int mkstemp(char *path)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	static unsigned int attempt;
	char *suffix = path + strlen(path) - 6;
	int fd;

	do {
		unsigned int name = (unsigned int)getpid() * 2654435761U + attempt++;

		for (int i = 0; i < 6; i++, name >>= 5)
			suffix[i] = letters[name & 31];
		fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

_Noreturn void assertion_failed(const char *condition, const char *file, int line,
	const char *function)
{
	fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", file, line, function, condition);
	abort();
}

char *optarg;
int optind = 1;

/* Options come before the other arguments; "--" ends them. A bad one is reported; returns '?'. */
int getopt(int argc, char *const argv[], const char *options)
{
	static const char *at = "";
	const char *option;
	char letter;

	if (!*at) {
		at = "";
		if (optind >= argc || argv[optind][0] != '-' || !argv[optind][1])
			return -1;
		at = argv[optind++] + 1;
		if (strcmp(at, "-") == 0) {
			at = "";
			return -1;
		}
	}
	letter = *at++;
	option = letter == ':' ? NULL : strchr(options, letter);
	if (!option) {
		fprintf(stderr, "%s: unknown option -%c\n", argv[0], letter);
		return '?';
	}
	if (option[1] == ':') {
		optarg = *at ? (char *)at : argv[optind];
		optind += *at == '\0';
		at = "";
		if (!optarg) {
			fprintf(stderr, "%s: option -%c wants an argument\n", argv[0], letter);
			return '?';
		}
	}
	return letter;
}
