/* SPDX-License-Identifier: Apache-2.0 */
/* mbox.c - the mails of one file, each after a line "From " */
#include "nurture/maildir.h"

#include "nurture/error.h"

#include <string.h>

/* ">>From " was ">From " when it was written (mboxrd). */
static gsize
quote_marks(const char *line, gsize length)
{
    gsize n = 0;

    while (n < length && line[n] == '>')
        n++;
    return n > 0 && length - n >= 5 && memcmp(line + n, "From ", 5) == 0 ? n
                                                                         : 0;
}

/* The empty line before the next "From " is not part of the mail. */
static bool
give(GByteArray *mail, MailTake take, gpointer data, GError **error)
{
    g_autoptr(GBytes) raw = NULL;
    guint length = mail->len;

    if (length > 1 && mail->data[length - 1] == '\n' &&
        mail->data[length - 2] == '\n')
        length--;
    if (length == 0)
        return true;
    raw = g_bytes_new(mail->data, length);
    g_byte_array_set_size(mail, 0);
    return take(data, raw, error);
}

bool
mbox_take(const char *path, MailTake take, gpointer data, GError **error)
{
    g_autoptr(GByteArray) mail = g_byte_array_new();
    g_autoptr(GError) failed = NULL;
    g_autofree char *text = NULL;
    bool blank = true;
    gsize size;

    if (!g_file_get_contents(path, &text, &size, &failed)) {
        g_set_error(error, NURTURE_ERROR, ERROR_TEMPORARY, "%s",
                    failed->message);
        return false;
    }
    for (const char *p = text, *end = text + size; p < end;) {
        const char *lf = memchr(p, '\n', (gsize)(end - p));
        gsize length = lf ? (gsize)(lf - p) + 1 : (gsize)(end - p);
        if (blank && length >= 5 && memcmp(p, "From ", 5) == 0) {
            if (!give(mail, take, data, error))
                return false;
        } else {
            gsize skip = quote_marks(p, length) > 0;
            g_byte_array_append(mail, (const guint8 *)p + skip,
                                (guint)(length - skip));
        }
        blank = length == 1 || (length == 2 && *p == '\r');
        p += length;
    }
    return give(mail, take, data, error);
}
