/* SPDX-License-Identifier: Apache-2.0 */
/* describe -- what the commands say of themselves, as data. */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

#include "cli.h"

typedef struct {
    const char *word;        /* a word that may follow: "import"; NULL: none */
    const char *parameters;  /* "CAMPAIGN - what came of it"; may be NULL */
    const char *description; /* may be NULL */
    GArray *options;         /* GOptionEntry */
} Usage;

/* The Usage of a command, and after it one for each word that has options of
 * its own. */
GPtrArray *command_usages(const Command *command);
/* The words that may follow the command ("import", "list"), NULL-ended,
 * owned by the caller. */
char **usage_words(const Usage *usage);

/* Print a page in mdoc(7): of a command, of "settings", or (NULL) of nurture.
 * Returns the exit status. */
int manual_print(const char *about);

#endif
