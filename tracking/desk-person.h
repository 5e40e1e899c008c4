/* SPDX-License-Identifier: Apache-2.0 */
/* desk-person -- who a page under /people/ is about. */
#ifndef TRACKING_DESK_PERSON_H
#define TRACKING_DESK_PERSON_H

#include "desk-private.h"

typedef struct {
    int64_t id, added, last_engaged, last_contacted;
    char *name, *email, *hmac, *job, *employer, *city, *country, *language,
        *recruiter, *source, *source_detail, *ats, *notes;
} Person;

/* Whom the path names; ERROR_NOT_FOUND when there is nobody, or no more. */
bool person_load(Visit *visit, Person *out, GError **error);
void person_clear(Person *person);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Person, person_clear)

#endif
