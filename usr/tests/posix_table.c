/*
 * Tables of calls: a row is a call, a column is what the call is given, and a letter stands for
 * what it then returns.
 */
#include "usr/tests/posixtest.h"

static const struct {
	char letter;
	int error;
} letters[] = {
	{ '.', 0 }, /* it succeeds, whatever the result */
	{ 'a', EAGAIN },
	{ 'B', EBUSY },
	{ 'b', EBADF },
	{ 'c', ENOTCONN },
	{ 'D', ENOTDIR },
	{ 'd', EISDIR },
	{ 'e', EEXIST },
	{ 'F', EFAULT },
	{ 'i', EINVAL },
	{ 'L', ENAMETOOLONG },
	{ 'l', ELOOP },
	{ 'm', EACCES },
	{ 'N', ENOENT },
	{ 'n', ENODEV },
	{ 'p', EPERM },
	{ 'r', ECONNREFUSED },
	{ 'S', ENOTSOCK },
	{ 's', ESPIPE },
	{ 't', ENOTTY },
	{ 'u', EADDRINUSE },
	{ 'y', ENOTEMPTY },
};

static char letter_of(long result)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (result < 0 ? letters[i].error == -result : letters[i].error == 0)
			return letters[i].letter;
	}
	return ' ';
}

void posix_check_row(const struct posix_row *row, size_t column, const long subjects[])
{
	char expected = row->results[column];
	long a[6];

	for (size_t i = 0; i < 6; i++) {
		long value = row->arguments[i];

		a[i] = value <= SUBJECT(0) && value > SUBJECT(SUBJECTS_MAX)
			? subjects[SUBJECT(0) - value]
			: value;
	}
	long result = kernel_call(row->number, a[0], a[1], a[2], a[3], a[4], a[5]);

	if (expected != '?' && expected != letter_of(result))
		FAIL("%s gave %ld, not %c", row->name, result, expected);
}
