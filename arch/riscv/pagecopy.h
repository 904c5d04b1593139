/* Whole pages, page-aligned, as fast as the hart can. */
#ifndef COWSLIP_ARCH_RISCV_PAGECOPY_H
#define COWSLIP_ARCH_RISCV_PAGECOPY_H

void page_copy(void *to, const void *from);
void page_zero(void *page);

#endif
