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

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define REPLY_TEXT_MAX_BYTES (256 * 1024)
#define REPLY_TEXT_MAX_LINES 5000

/* A stretch of text in one colour; not recorded where it is plain. */
typedef struct {
    size_t begin, end; /* bytes */
    int colour;        /* 0xrrggbb */
} ReplyPaint;

#define REPLY_PAINT_PLAIN (-1) /* black or grey */

typedef struct {
    const char *text;
    size_t length;
    const char *author;  /* "Ann Lee": a name alone at the end is then known to
                            be a signature and no answer. NULL: not known */
    const char *sent;    /* the words of our mail that it answers; NULL */
    const GArray *paint; /* ReplyPaint of `text`, in order; NULL */
} ReplySource;

typedef struct {
    bool older;  /* there is an older mail below or between the words */
    int inside;  /* lines found inside an older mail that nothing marks */
    size_t sure; /* so many bytes of the result are the author's for sure; the
                    rest is an older mail that answers stand in somewhere */
} ReplyReading;

/* What is beyond the limits is not read.
 *
 * Answers typed into an older mail whose lines nothing marks (Outlook) are
 * told from it by what we sent, else by "[Ann Lee]" before them or their
 * colour. Where the author only says that they are there ("see my answers
 * below"), the older mail is kept behind the first `sure` bytes.
 * Returns: text to g_free(), never NULL, valid UTF-8, without blank lines at
 * either end; empty when nothing is new. */
char *reply_text_read(const ReplySource *source, ReplyReading *out);

/* The same of a text about which nothing else is known. */
char *reply_text_extract(const char *text, size_t length);

/* The same from a message: of its plain part where it has one that says
 * something, else of its HTML. `sent` as above. */
char *reply_text_of_mail(const InboundMail *mail, const char *sent,
                         ReplyReading *out);

/* Who wrote the mail that is forwarded or quoted under a header block
 * ("From: Ann Lee <ann@example.org>"). For referrals.
 * Returns: true and both, each "" if not stated; false if there is none. */
bool reply_text_forwarded(const char *text, size_t length, char **out_name,
                          char **out_address);

/* For tests: bytes this thread's last extraction looked at, all told. */
size_t reply_text_steps(void);

#endif
