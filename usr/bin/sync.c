/*
 * sync: asks the kernel to write back what it holds for the disks.
 */
#include <unistd.h>

int main(void)
{
	sync();
	return 0;
}
