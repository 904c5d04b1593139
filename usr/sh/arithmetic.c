/*
 * $(( )): whole numbers and variables, with * / % + - < <= > >= == != and parentheses. Each
 * function below handles the operators of one precedence.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "usr/sh/sh.h"

static const char *at;

static long comparison(void);

static bool take(const char *operator)
{
	size_t length = strlen(operator);

	at += strspn(at, " \t\n");
	if (strncmp(at, operator, length) != 0)
		return false;
	at += length;
	return true;
}

static long primary(void)
{
	size_t length;
	long value;
	char *end;

	if (take("-"))
		return -primary();
	if (take("(")) {
		value = comparison();
		if (!take(")"))
			expansion_failed("a ) is missing before", at);
		return value;
	}
	length = variable_name_length(at);
	if (length) {
		const char *text = variable_get(arena_copy(at, length));

		at += length;
		return text ? strtol(text, NULL, 0) : 0;
	}
	value = strtol(at, &end, 0);
	if (end == at) {
		expansion_failed("a number is missing before", at);
		at = "";
	} else {
		at = end;
	}
	return value;
}

static long product(void)
{
	long value = primary();

	for (;;) {
		bool divide = false;

		if (take("*")) {
			value *= primary();
		} else if ((divide = take("/")) || take("%")) {
			long divisor = primary();

			if (divisor == 0) {
				expansion_failed("division by zero before", at);
				return 0;
			}
			value = divide ? value / divisor : value % divisor;
		} else {
			return value;
		}
	}
}

static long sum(void)
{
	long value = product();

	for (;;) {
		if (take("+"))
			value += product();
		else if (take("-"))
			value -= product();
		else
			return value;
	}
}

static long comparison(void)
{
	long value = sum();

	if (take("<="))
		return value <= sum();
	if (take(">="))
		return value >= sum();
	if (take("=="))
		return value == sum();
	if (take("!="))
		return value != sum();
	if (take("<"))
		return value < sum();
	if (take(">"))
		return value > sum();
	return value;
}

long arithmetic(const char *expression)
{
	long value;

	at = expression;
	value = comparison();
	take("");
	if (*at)
		expansion_failed("not understood:", at);
	return value;
}
