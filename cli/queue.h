/* SPDX-License-Identifier: Apache-2.0 */
/* queue -- the parts of `nurture queue`. */
#ifndef CLI_QUEUE_H
#define CLI_QUEUE_H

#include "cli.h"

typedef struct {
    char *state, *campaign, *domain, *relay_log;
    int limit;
    gboolean sent, bounced, resend, changed, yes;
} QueueOptions;

/* The one message whose id starts with `prefix`. Owned; NULL with
 * ERROR_NOT_FOUND. */
char *queue_find(CliContext *cli, const char *prefix, GError **error);
/* Of a time in the workspace's zone; "-" for 0, "on hold" for ever. Owned. */
char *queue_moment(const CliContext *cli, int64_t at);

/* retry, hold and cancel: of one message (`prefix`), or of all that the
 * options name. */
bool queue_act(CliContext *cli, const char *verb, const QueueOptions *options,
               const char *prefix, GError **error);
/* resolve --relay-log */
bool queue_read_log(CliContext *cli, const QueueOptions *options,
                    GError **error);
/* The states of a message, as a list in words. Owned. */
char *queue_states(void);
bool queue_is_state(const char *state);
/* What was said of a message last, in words for who reads it: the server's, or
 * a sentence where it is a word of ours. NULL for NULL. */
const char *queue_word(const char *text);
/* Why has it not left, or what became of it? */
bool queue_why(CliContext *cli, const char *prefix, GError **error);

#endif
