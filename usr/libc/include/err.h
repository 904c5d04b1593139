/*
 * Complaints on stderr: "program: text: what errno says" (the variants with x leave errno out),
 * and for err and errx the end of the program.
 */
#ifndef COWSLIP_LIBC_ERR_H
#define COWSLIP_LIBC_ERR_H

#include <stdarg.h>

void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void err(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void errx(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
