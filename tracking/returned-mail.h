/* SPDX-License-Identifier: Apache-2.0 */
/* returned-mail -- where a one-text bounce stops talking and starts quoting.
 *
 * Told by a separator line (rows of bounce-original.tsv) or by its shape: a
 * run of header fields that can only be a mail's. */
#ifndef TRACKING_RETURNED_MAIL_H
#define TRACKING_RETURNED_MAIL_H

#include <stddef.h>

/* Returns: the offset at which the returned mail (or the separator before it)
 * starts in `notice`; `length` if it is not there. */
size_t returned_mail_find(const char *notice, size_t length);

/* The first header field in `quoted`, which is what returned_mail_find()
 * pointed at. Borrowed from it; may be empty. */
const char *returned_mail_header(const char *quoted);

#endif
