/* SPDX-License-Identifier: Apache-2.0 */
/* ats -- what the applicant tracking system says, and what follows from it.
 *
 * Records of the common model (candidate, job, application; see
 * campaigns/ats-row.h) come from files, from a watched folder, from webhooks
 * and from a command. All go through one writer:
 *
 *   - a record is known by (src, id) and is taken only when it is not older
 *     than what is there, so that copies and disorder are harmless;
 *   - a person is found by the ATS's id, then by address; where that leads to
 *     two people nothing is guessed: a conflict is listed, and none of them is
 *     mailed while the application is open;
 *   - an open application keeps the person from all campaign mail (the gate
 *     asks eligibility.h); hired ends every sequence; rejected ends them and
 *     starts a cool-off; a record deleted there is erased here after
 *     ats.erase_after;
 *   - what happened becomes events: applied, interviewed, declined, rejected,
 *     hired, each once per application; a hire that is taken back there is
 *     taken back here. */
#ifndef NURTURE_ATS_H
#define NURTURE_ATS_H

#include "nurture/candidates.h"

#include <stdio.h>

typedef enum {
    ATS_ENTERS,   /* a hiring process; what runs is held */
    ATS_LEAVES,   /* without being hired or rejected */
    ATS_HIRED,    /* sequences ended */
    ATS_REJECTED, /* sequences ended, cool-off began */
    ATS_SILVER,   /* rejected by us after an interview or an offer */
    ATS_ERASED,   /* deleted there */
    ATS_MERGED,   /* is the same person as another */
    ATS_CHANGES,
} AtsChangeKind;

typedef struct {
    AtsChangeKind kind;
    int64_t candidate;
    char *who;       /* the address */
    char *job;       /* NULL = not known */
    char *campaigns; /* that stop or are held; ", " between; NULL = none */
} AtsChange;

typedef struct {
    int64_t batch; /* 0: nothing was written */
    bool resumed;
    int64_t rows, taken, older, rejected;
    int64_t people;    /* new here */
    int64_t conflicts; /* records that may be several people */
    int64_t unmatched; /* applications of nobody we know */
    int64_t count[ATS_CHANGES];
    GPtrArray *changes;  /* AtsChange */
    GPtrArray *problems; /* ImportProblem: the first 100 */
    char *rejected_path; /* FILE.rejected.csv; NULL when nothing was */
    GPtrArray *left_out; /* char *: members of the file that recruiters must
                            not keep about people, and that are not kept */
} AtsResult;

void ats_result_clear(AtsResult *result);
/* "enters", "leaves", ... */
const char *ats_change_word(AtsChangeKind kind);

typedef struct {
    const char *path; /* *.jsonl, *.ndjson: JSON lines; else CSV */
    FILE *stream;     /* JSON lines; then `path` is only its name. Closed */
    const char *src;  /* for rows that name none; NULL = they must */
    bool dry_run;     /* try it on a copy in memory */
    bool whole;       /* a rejected row rejects the file */
    bool (*progress)(int64_t rows, int64_t bytes, int64_t total, gpointer data);
    gpointer data;
} AtsFileOptions;

/* Check all of the file, then take it in pieces of under 50 ms, each of which
 * is seen at once. An import is not seen before its batch is closed; here that
 * would mail people for the minutes that a big file takes after it said that
 * they are in a process. Killed, the next tick goes on. The news count as fresh
 * when all is taken. Candidates come before applications, so that somebody who
 * is new in the file is seen for a while without theirs; consent is not assumed
 * of them, but under legitimate interest they may be picked meanwhile.
 * Rows that cannot be used are listed and
 * left out. Killed, the rows that were checked are taken by the next call (or
 * tick), or none is. ERROR_INPUT, ERROR_TEMPORARY. */
bool ats_apply_file(Store *store, const Workspace *workspace, const Keys *keys,
                    const AtsFileOptions *options, int64_t now, AtsResult *out,
                    GError **error);

/* Go on with a file whose taking was killed; nothing to do is success. */
bool ats_resume(Store *store, const Workspace *workspace, const Keys *keys,
                int64_t now, AtsResult *out, GError **error);
/* The last good news from the ATS; 0 = never. */
bool ats_synced_at(Store *store, int64_t *out, GError **error);
/* Are news expected, and too old? Then all campaign mail waits. */
bool ats_is_stale(Store *store, const Workspace *workspace, int64_t now,
                  bool *out, GError **error);
/* Erase whose records have been deleted for ats.erase_after. */
bool ats_erase_due(Store *store, const Workspace *workspace, const Keys *keys,
                   int64_t now, int64_t *out_erased, GError **error);

/* -- webhooks that were stored (hooks.h) ---------------------------------- */

typedef struct {
    int64_t done, ignored, failed, waiting;
} AtsInboxResult;

/* Work out what new ones say, and take it. One that cannot be understood is
 * kept as failed, with the reason; a failure to fetch is tried ten times. Any
 * number of processes may do this at once. */
bool ats_inbox_process(Store *store, const Workspace *workspace,
                       const Keys *keys, int64_t now, AtsInboxResult *out,
                       GError **error);
/* Failed ones (0 = all) are new again. */
bool ats_inbox_retry(Store *store, int64_t id, int64_t *out_count,
                     GError **error);

/* -- a tick --------------------------------------------------------------- */

typedef struct {
    int64_t hooks, files, failed, erased;
} AtsTick;

/* Interrupted files, stored webhooks, the watched folder, ats.fetch, erasures
 * that are due. What fails is logged and waits. */
bool ats_tick(Store *store, const Workspace *workspace, const Keys *keys,
              int64_t now, AtsTick *out, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AtsResult, ats_result_clear)

#endif
