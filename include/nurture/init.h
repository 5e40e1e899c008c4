/* SPDX-License-Identifier: Apache-2.0 */
/* init -- writing a new workspace from the examples in the program. */
#ifndef NURTURE_INIT_H
#define NURTURE_INIT_H

#include <glib.h>
#include <stdbool.h>

/* Texts that go into nurture.yaml and senders/. Borrowed. */
typedef struct {
    char *company, *domain, *time_zone, *postal_address;
    char *database; /* NULL: the usual place, outside of the folder */
} InitAnswers;

/* Make `directory` (which may exist, but not hold a nurture.yaml), its files,
 * its database and its keys. ERROR_REFUSED when there is a workspace already;
 * ERROR_INPUT for a zone or domain that cannot be. */
bool workspace_init(const char *directory, const InitAnswers *answers,
                    GError **error);

#endif
