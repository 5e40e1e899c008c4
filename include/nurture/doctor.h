/* SPDX-License-Identifier: Apache-2.0 */
/* doctor -- is everything around nurture as it must be?
 *
 * Looks at the mail server, the DNS, the public pages, the database, its files
 * and disk, and the clock, and sends nothing. What is wrong is a diagnostic
 * (E801 to W819) whose help is the record to publish or the command to run;
 * what is right is told as it is found. */
#ifndef NURTURE_DOCTOR_H
#define NURTURE_DOCTOR_H

#include "nurture/diagnostic.h"
#include "nurture/store.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

typedef struct {
    const Workspace *workspace;
    const char *password;    /* NULL = no AUTH */
    const char *dns_server;  /* NULL = the system's */
    const char *ip;          /* that mail leaves from; NULL = the relay's */
    const char *const *only; /* names of checks; NULL or empty = all */
    int64_t now;
    Diagnostics *problems;
    /* Something is right: "relay", "smtp.x.org:587 answers". */
    void (*good)(const char *check, const char *text, gpointer data);
    gpointer data;
} DoctorOptions;

/* ERROR_USAGE for a check or a server that cannot be. */
bool doctor_run(const DoctorOptions *options, GError **error);
/* The names of all checks, NULL-ended, in their order. */
const char *const *doctor_checks(void);

/* Does a mail that came through the relay carry a signature of sending.domain
 * that covers what one-click opt-out needs (RFC 8058, 4)? */
void doctor_mail(const DoctorOptions *options, const char *path,
                 const char *message, gsize length);

#endif
