/* SPDX-License-Identifier: Apache-2.0 */
/* ats-row -- one record of the common model, checked.
 *
 * Whatever an ATS says arrives here as one of three kinds of flat records: a
 * candidate, a job, an application. A record is known by (src, type, id). Text
 * is kept as it came; dates become milliseconds, lists are joined by U+001F.
 * Names that are not in the table are kept in `raw` and mean nothing. */
#ifndef CAMPAIGNS_ATS_ROW_H
#define CAMPAIGNS_ATS_ROW_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { ATS_CANDIDATE, ATS_JOB, ATS_APPLICATION, ATS_TYPES } AtsType;

typedef enum {
    ATS_TYPE,
    ATS_SRC,
    ATS_ID,
    ATS_UPDATED_AT,
    /* a candidate */
    ATS_EMAILS,
    ATS_FIRST_NAME,
    ATS_LAST_NAME,
    ATS_NAME, /* both in one, where an ATS has no better */
    ATS_LANG,
    ATS_TZ,
    ATS_COUNTRY,
    ATS_CITY,
    ATS_TITLE, /* also a job's */
    ATS_COMPANY,
    ATS_SENIORITY, /* also a job's */
    ATS_TAGS,
    ATS_CAN_EMAIL,
    ATS_DELETED, /* also an application's or a job's */
    ATS_MERGED_INTO,
    /* a job */
    ATS_STATUS, /* also an application's */
    ATS_DEPARTMENT,
    ATS_LOCATIONS,
    ATS_URL,
    ATS_RECRUITER_EMAIL,
    ATS_OPENED_AT,
    ATS_CLOSED_AT,
    /* an application */
    ATS_CANDIDATE_ID,
    ATS_JOB_ID,
    ATS_STAGE,
    ATS_STAGE_KIND,
    ATS_APPLIED_AT,
    ATS_STAGE_AT,
    ATS_REJECTED_AT,
    ATS_REJECT_REASON,
    ATS_REJECT_BY,
    ATS_REACHED,
    ATS_HIRED_AT,
    ATS_SOURCE,
    ATS_CREDITED_TO,
    ATS_ORIG_STATUS,
    ATS_FIELDS,
} AtsField;

typedef struct {
    AtsType type;
    char *value[ATS_FIELDS]; /* NULL = not said */
    char *raw;               /* JSON object, or NULL */
} AtsRow;

void ats_row_clear(AtsRow *row);
/* An owned AtsRow; for containers. */
void ats_row_free(gpointer row);
/* The field of that name in the model, or -1. */
int ats_field_find(const char *name);
const char *ats_field_name(AtsField field);
/* Check `text` and keep it; blank text says nothing. False with *out_reason,
 * in words, owned by the caller. */
bool ats_row_set(AtsRow *row, AtsField field, const char *text,
                 char **out_reason);
/* All fields are there: is it a record? Sets `type`, and what is missing:
 * src (to `src`, if there is one) and updated_at (to `now`). *out_field: which
 * field is to blame, -1 = the record. */
bool ats_row_finish(AtsRow *row, const char *src, int64_t now, int *out_field,
                    char **out_reason);
/* Does it say that the record is gone there? */
bool ats_row_is_deleted(const AtsRow *row);
/* The time of a date field; 0 = none. */
int64_t ats_row_time(const AtsRow *row, AtsField field);

/* As one JSON object of texts, and back; only for rows that were finished. */
char *ats_row_pack(const AtsRow *row);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AtsRow, ats_row_clear)

#endif
