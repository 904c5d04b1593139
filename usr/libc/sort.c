/*
 * qsort, as a heap sort: in place, never worse than n log n. And bsearch.
 */
#include <stddef.h>
#include <stdlib.h>

typedef int (*compare_t)(const void *, const void *);

struct array {
	char *base;
	size_t size; /* of one element */
	compare_t compare;
};

static void *element(const struct array *array, size_t index)
{
	return array->base + index * array->size;
}

static void swap(const struct array *array, size_t i, size_t j)
{
	char *a = element(array, i), *b = element(array, j);

	for (size_t n = 0; n < array->size; n++) {
		char byte = a[n];

		a[n] = b[n];
		b[n] = byte;
	}
}

/* Moves an element down the heap of `count` until neither of its children is larger. */
static void sift_down(const struct array *array, size_t index, size_t count)
{
	for (;;) {
		size_t largest = 2 * index + 1;

		if (largest >= count)
			return;
		if (largest + 1 < count &&
			array->compare(element(array, largest), element(array, largest + 1)) < 0)
			largest++;
		if (array->compare(element(array, index), element(array, largest)) >= 0)
			return;
		swap(array, index, largest);
		index = largest;
	}
}

void qsort(void *base, size_t count, size_t size, compare_t compare)
{
	struct array array = { base, size, compare };

	for (size_t i = count / 2; i-- > 0;)
		sift_down(&array, i, count);
	while (count > 1) {
		swap(&array, 0, --count);
		sift_down(&array, 0, count);
	}
}

void *bsearch(const void *key, const void *base, size_t count, size_t size, compare_t compare)
{
	const char *low = base;

	while (count) {
		const char *middle = low + count / 2 * size;
		int order = compare(key, middle);

		if (order == 0)
			return (void *)middle;
		if (order > 0) {
			low = middle + size;
			count--;
		}
		count /= 2;
	}
	return NULL;
}
