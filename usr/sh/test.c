/*
 * test EXPRESSION, also written [ EXPRESSION ]: is it true?
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usr/sh/sh.h"

#define STATUS_BAD_EXPRESSION 2

/* -X WORD: 1 or 0; negative if there is no such test. */
static int ask(const char *question, const char *word)
{
	struct stat info;
	bool exists;

	if (question[0] != '-' || !question[1] || question[2])
		return -1;
	switch (question[1]) {
	case 'n':
		return *word != '\0';
	case 'z':
		return *word == '\0';
	case 'r':
		return access(word, R_OK) == 0;
	case 'w':
		return access(word, W_OK) == 0;
	case 'x':
		return access(word, X_OK) == 0;
	case 't':
		return isatty(atoi(word));
	}
	exists = (question[1] == 'L' ? lstat(word, &info) : stat(word, &info)) == 0;
	switch (question[1]) {
	case 'e':
		return exists;
	case 'f':
		return exists && S_ISREG(info.st_mode);
	case 'd':
		return exists && S_ISDIR(info.st_mode);
	case 'c':
		return exists && S_ISCHR(info.st_mode);
	case 'L':
		return exists && S_ISLNK(info.st_mode);
	case 's':
		return exists && info.st_size > 0;
	}
	return -1;
}

static bool is_number(const char *word, long *value)
{
	char *end;

	*value = strtol(word, &end, 10);
	return end != word && !*end;
}

/* A operator B: 1 or 0; negative if there is no such operator, or if it needs numbers. */
static int compare(const char *left, const char *operator, const char * right)
{
	long a, b;

	if (strcmp(operator, "=") == 0)
		return strcmp(left, right) == 0;
	if (strcmp(operator, "!=") == 0)
		return strcmp(left, right) != 0;
	if (!is_number(left, &a) || !is_number(right, &b))
		return -1;
	if (strcmp(operator, "-eq") == 0)
		return a == b;
	if (strcmp(operator, "-ne") == 0)
		return a != b;
	if (strcmp(operator, "-lt") == 0)
		return a < b;
	if (strcmp(operator, "-le") == 0)
		return a <= b;
	if (strcmp(operator, "-gt") == 0)
		return a > b;
	if (strcmp(operator, "-ge") == 0)
		return a >= b;
	return -1;
}

static int evaluate(int count, char **words)
{
	int answer;

	if (count > 1 && count != 3 && strcmp(words[0], "!") == 0) {
		answer = evaluate(count - 1, words + 1);
		return answer < 0 ? answer : !answer;
	}
	switch (count) {
	case 0:
		return 0;
	case 1:
		return *words[0] != '\0';
	case 2:
		return ask(words[0], words[1]);
	case 3:
		answer = compare(words[0], words[1], words[2]);
		if (answer < 0 && strcmp(words[0], "!") == 0) {
			answer = ask(words[1], words[2]);
			return answer < 0 ? answer : !answer;
		}
		return answer;
	default:
		return -1;
	}
}

int builtin_test(int argc, char **argv)
{
	int answer;

	if (strcmp(argv[0], "[") == 0 && strcmp(argv[--argc], "]") != 0) {
		warnx("[ wants a ] at the end");
		return STATUS_BAD_EXPRESSION;
	}
	answer = evaluate(argc - 1, argv + 1);
	if (answer >= 0)
		return !answer;
	warnx("%s: not an expression", argv[0]);
	return STATUS_BAD_EXPRESSION;
}
