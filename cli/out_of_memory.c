/* SPDX-License-Identifier: Apache-2.0 */
/* out_of_memory.c - an end, where GLib would fall into a hole
 *
 * GLib ends a program that gets no memory by g_error(), whose message needs
 * memory: g_vasprintf() of GLib 2.74 calls g_error() about that, and so on
 * until the stack is full. Only where not even a line of text can be had, but
 * then it is a segmentation fault. This takes the place of the function of
 * glibc's that it calls, and says it without asking for memory. */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The name is glibc's: vasprintf() where _FORTIFY_SOURCE is set. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
int __vasprintf_chk(char **out, int flag, const char *format, va_list args)
    G_GNUC_PRINTF(3, 0);

int
__vasprintf_chk(char **out, int flag, const char *format, va_list args)
{
    static const char words[] = "nurture: out of memory\n";
    va_list again;
    int n;

    (void)flag;
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    *out = n < 0 ? NULL : malloc((size_t)n + 1);
    if (n >= 0 && !*out) {
        n = (int)write(STDERR_FILENO, words, sizeof words - 1);
        abort();
    }
    n = n < 0 ? -1 : vsnprintf(*out, (size_t)n + 1, format, again);
    va_end(again);
    return n;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
