/*
 * Complaints on stderr: "program: text: errno's message" (the variants with x leave the message
 * out). err and errx then end the program.
 */
#ifndef COWSLIP_LIBC_ERR_H
#define COWSLIP_LIBC_ERR_H

#include <stdarg.h>

void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void err(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void errx(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
