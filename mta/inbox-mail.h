/* SPDX-License-Identifier: Apache-2.0 */
/* inbox-mail -- one caught message, taken apart for showing */
#ifndef MTA_INBOX_MAIL_H
#define MTA_INBOX_MAIL_H

#include "nurture/autoptr.h"

#include <stdbool.h>
#include <stdint.h>

#define INBOX_FILE_MAX (20 * 1024 * 1024)

typedef struct {
    char *name; /* of the file */
    int64_t changed_ns, size_bytes;
} InboxFile;

/* The .eml files with plain names, newest first. */
GPtrArray *inbox_list(const char *directory);
/* May it be opened? No way out of the directory, no hidden file. */
bool inbox_name_is_plain(const char *name);

/* At most `max` bytes of it; NULL when there is no such file. */
GBytes *inbox_read(const char *directory, const char *name, gsize max);
/* NULL when it is no mail, or one that GMime had better not see: it follows
 * nested groups in an address field without a limit. */
GMimeMessage *inbox_parse(GBytes *bytes);

/* All leaves in order; borrowed from `message`. */
GPtrArray *inbox_parts(GMimeMessage *message);
/* The first text part of that subtype, in UTF-8; NULL if there is none. */
char *inbox_text(const GPtrArray *parts, const char *subtype);
GBytes *inbox_part_bytes(GMimePart *part);
/* `html` with cid: pictures found in the message and links that open a window
 * of their own. */
char *inbox_html(const GPtrArray *parts, const char *html, const char *name);

#endif
