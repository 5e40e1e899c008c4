/* SPDX-License-Identifier: Apache-2.0 */
/* bounce-words -- the telling part of what servers say.
 *
 * A notice is mostly politeness. What decides is the receiving server's own
 * reply; so it is cut out, and addresses are masked lest a mailbox called
 * "spam" or a host called "unknown.example" decide. */
#ifndef TRACKING_BOUNCE_WORDS_H
#define TRACKING_BOUNCE_WORDS_H

#include <glib.h>

/* `text` on one line, addresses as "x@x", "host a.b[1.2.3.4] said:" and
 * "smtp;" taken off. */
char *bounce_words_mask(const char *text);

/* The lines of `notice` that carry SMTP replies, with their continuations;
 * empty if there is none. */
char *bounce_words_replies(const char *notice);

/* The first reply of `replies`, up to one with another code: what follows a
 * refusal ("503 need RCPT", "421 too many errors") only echoes it. */
char *bounce_words_first_reply(const char *replies);

/* The first paragraph with words in it, without the line of the address. */
char *bounce_words_paragraph(const char *about);

#endif
