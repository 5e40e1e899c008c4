/* SPDX-License-Identifier: Apache-2.0 */
/* candidates -- people: bringing them in, showing, changing, taking out.
 *
 * A person is found by the key of an address (address_key()). Values are
 * checked against the field registry before they are stored: choices must be
 * in their list, dates real, zones known. Empty values never overwrite. */
#ifndef NURTURE_CANDIDATES_H
#define NURTURE_CANDIDATES_H

#include "nurture/eligibility.h"
#include "nurture/segment.h"
#include "nurture/store.h"
#include "nurture/text.h"
#include "nurture/token.h"
#include "nurture/workspace.h"

/* -- import ---------------------------------------------------------------
 *
 *     reading --> applying --> closed --undo--> undone
 *        '-- killed: the same command goes on where it was, or --undo
 *
 * New people are stored under the batch's id and are invisible until it is
 * closed; what changes in people who are known is kept aside and applied at
 * the end. Both in pieces that hold the write lock for less than 50 ms. The
 * file may be of any size: memory is that of one row. */

typedef struct {
    int64_t line;
    int column;   /* from 1; 0 = the row as a whole */
    char *name;   /* the column's; NULL */
    char *reason; /* "'snior' is not a value of 'seniority'" */
} ImportProblem;

typedef struct {
    const char *path;        /* *.jsonl and *.ndjson are JSON lines, else CSV */
    const char *const *maps; /* "Column=field", "Column=" to leave it out;
                                NULL-ended, or NULL */
    const char *consent_source; /* for rows without their own; NULL = none */
    int64_t consent_at;
    bool dry_run; /* check everything, write nothing */
    /* After every piece; false stops, and the import can be taken up again.
     * May be NULL. */
    bool (*progress)(int64_t rows, int64_t bytes, int64_t total, gpointer data);
    gpointer data;
} ImportOptions;

typedef struct {
    int64_t batch; /* 0 after a dry run */
    bool resumed, stopped;
    int64_t rows, added, changed, unchanged, doubles, rejected;
    int64_t suppressed;    /* of the rows: unsubscribed or bounced before */
    int64_t without_basis; /* new people whom nobody may mail yet */
    GPtrArray *problems;   /* ImportProblem: the first 100 */
    GPtrArray *ignored;    /* names of columns that no field took */
    char *rejected_path;   /* FILE.rejected.csv; NULL when nothing was */
} ImportResult;

/* ERROR_INPUT: nothing can be made of the file; ERROR_REFUSED: an interrupted
 * import of another file waits; ERROR_TEMPORARY: another one is running. */
bool candidates_import(Store *store, const Workspace *workspace,
                       const Keys *keys, const ImportOptions *options,
                       int64_t now, ImportResult *out, GError **error);
void import_result_clear(ImportResult *result);

typedef struct {
    int64_t removed;  /* people who came with it */
    int64_t kept;     /* of them, those who have a history by now */
    int64_t restored; /* people whose values are as before */
} UndoResult;

/* Take back a closed import, or drop an interrupted one. A value that has been
 * changed again since is left alone. */
bool candidates_import_undo(Store *store, const Workspace *workspace,
                            int64_t batch, int64_t now, UndoResult *out,
                            GError **error);

/* -- one person ----------------------------------------------------------- */

/* By address (any of the person's) or by id. ERROR_NOT_FOUND. */
bool candidate_find(Store *store, const char *who, int64_t *out,
                    GError **error);
/* A new person with `pairs` "field=value"; ERROR_INPUT when known already. */
bool candidate_add(Store *store, const Workspace *workspace, const Keys *keys,
                   const char *email, const char *const *pairs, int64_t now,
                   int64_t *out, GError **error);
/* Set fields; "field=" empties one. All or none. */
bool candidate_set(Store *store, const Workspace *workspace, int64_t candidate,
                   const char *const *pairs, int64_t now, GError **error);
/* Add "value" to, or remove "-value" from, a set field. */
bool candidate_tag(Store *store, const Workspace *workspace, int64_t candidate,
                   const char *field, const char *const *values, int64_t now,
                   GError **error);
/* Everything that is known about a person, as one JSON object: what an access
 * request (GDPR Article 15) is answered with. */
char *candidate_json(Store *store, const Workspace *workspace,
                     int64_t candidate, int64_t now, GError **error);
/* Call `row` once for one person, as candidates_each() does. ERROR_NOT_FOUND
 * when the person has been erased or belongs to an unfinished import. */
bool candidate_fields(Store *store, const Workspace *workspace,
                      int64_t candidate, const Field *const *fields,
                      guint count, int64_t now,
                      bool (*row)(int64_t candidate, const char *const *values,
                                  gpointer data),
                      gpointer data, GError **error);
/* Forget a person (GDPR Article 17): addresses, fields, replies, bodies, links
 * and spooled mail are gone from the store and the disk; what was done when
 * stays, without anything that says to whom. The keyed hashes of the addresses
 * stay in the suppression list, so that no import brings the person back.
 * ERROR_TEMPORARY: a mail is leaving at this moment, or (everything is erased
 * then) somebody's reading keeps old pages on the disk. */
bool candidate_erase(Store *store, const Workspace *workspace, const Keys *keys,
                     int64_t candidate, int64_t now, GError **error);
/* The same for one of many, `why` is "retention", or NULL when the person had
 * asked. The caller calls candidates_purge() after the last one. */
bool candidate_anonymise(Store *store, const Workspace *workspace,
                         const Keys *keys, int64_t candidate, const char *why,
                         int64_t now, GError **error);
/* Takes what was erased from the disk, and writes the hashes into the file
 * `erased` beside the keys: an older copy of the database does not bring the
 * people back (restore.h). */
bool candidates_purge(Store *store, const Workspace *workspace, GError **error);

/* -- two records of one person -------------------------------------------- */

/* A value of `gone` that `kept` lacks (and gets), or has otherwise (and keeps).
 */
typedef struct {
    const Field *field;
    char *kept; /* NULL: it has none */
    char *gone;
} MergeValue;

typedef struct {
    int64_t kept, gone;                                         /* in */
    int64_t addresses, applications, mails, replies, campaigns; /* of `gone` */
    GPtrArray *values;                                          /* MergeValue */
    Eligibility after; /* may `kept` be mailed then? */
} MergeResult;

void merge_result_clear(MergeResult *merge);

/* `gone` leaves all campaigns, and whatever is known of it becomes `kept`'s;
 * what stands against mailing any of their addresses stands against the
 * person. `dry_run` tries it on a copy in memory. ERROR_INPUT: the same, or
 * erased; ERROR_TEMPORARY: a mail is leaving at this moment. */
bool candidate_merge(Store *store, const Workspace *workspace, const Keys *keys,
                     bool dry_run, int64_t now, MergeResult *merge,
                     GError **error);

/* They are two people: what records of the ATS were in doubt between them are
 * `owner`'s (once nobody else is in doubt either), and hold `other` no longer,
 * not even when they come again. *out_records: how many. ERROR_INPUT when
 * there are none. A later candidate_merge() is still possible. */
bool candidate_tell_apart(Store *store, const Workspace *workspace,
                          const Keys *keys, int64_t owner, int64_t other,
                          const char *actor, int64_t now, int64_t *out_records,
                          GError **error);

/* Is `text` a value of `field`? Appends it as JSON (nothing when blank); false
 * with *out_reason, in words, owned by the caller. */
bool candidate_value(const Workspace *workspace, const Field *field,
                     const char *text, GString *json, char **out_reason);

/* -- many ----------------------------------------------------------------- */

/* Call `row` for everybody who matches `condition` (NULL = all), in the order
 * of ids: one text per field (NULL = missing; sets joined by ", ", dates as
 * 2026-03-03). False from `row` stops. */
bool candidates_each(Store *store, const Workspace *workspace,
                     const SegmentSet *segments, const Expression *condition,
                     const Field *const *fields, guint count, int64_t now,
                     bool (*row)(int64_t candidate, const char *const *values,
                                 gpointer data),
                     gpointer data, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MergeResult, merge_result_clear)

#endif
