/* SPDX-License-Identifier: Apache-2.0 */
/* reply-text -- the author's own new words in a reply.
 *
 * A reply carries three voices: what its author wrote now, what is quoted
 * from earlier mails, and what programs add (signatures, "Sent from my
 * phone", disclaimers, warnings of the receiving company). Only the first is
 * wanted, all of it and in order. Answers written between quoted lines are
 * kept without the lines they answer. When unsure, a line is kept: a lost
 * word misleads the recruiter, a line too many does not.
 *
 * The work is proportional to the text, whatever is in it: lines are looked
 * at one by one, an attribution ("On ... Ann wrote:") over a few joined lines
 * of limited length, and regular expressions see one short line at a time.
 * The words are in tracking/data/reply-*.tsv. Any thread may call this. */
#ifndef TRACKING_REPLY_TEXT_H
#define TRACKING_REPLY_TEXT_H

#include "inbound-mail.h"

#include <stdbool.h>
#include <stddef.h>

#define REPLY_TEXT_MAX_BYTES (256 * 1024)
#define REPLY_TEXT_MAX_LINES 5000

/* What is beyond the limits is not read.
 * Returns: text to g_free(), never NULL, valid UTF-8, without blank lines at
 * either end; empty when nothing is new. */
char *reply_text_extract(const char *text, size_t length);

/* The same, knowing the author's name ("Ann Lee", NULL): a name alone at the
 * end is then known to be a signature and no answer. */
char *reply_text_extract_by(const char *text, size_t length,
                            const char *author);

/* The same from a message: of its plain part where it has one that says
 * something, else of its HTML. */
char *reply_text_of_mail(const InboundMail *mail);

/* Who wrote the mail that is forwarded or quoted under a header block
 * ("From: Ann Lee <ann@example.org>"). For referrals.
 * Returns: true and both, each "" if not stated; false if there is none. */
bool reply_text_forwarded(const char *text, size_t length, char **out_name,
                          char **out_address);

/* For tests: bytes this thread's last extraction looked at, all told. */
size_t reply_text_steps(void);

#endif
