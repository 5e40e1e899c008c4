/* SPDX-License-Identifier: Apache-2.0 */
/* hit-log -- answered clicks and opens, on the disk before their answers leave.
 *
 * A folder <database>-hits/ of segments, files that only grow. Each process
 * that answers writes one of its own, which it keeps locked (flock) and leaves
 * for a new one after 16 MB; one thread of any process reads them into the
 * store (hit-ingest.h), which remembers how far, and unlinks a segment that
 * nobody writes and that is read to its end. A name is never used twice.
 *
 * A record is {length of the payload (4 bytes), FNV-1a of the payload (8),
 * payload}; a tail that is cut off, zeros or does not add up was not answered.
 */
#ifndef TRACKING_HIT_LOG_H
#define TRACKING_HIT_LOG_H

#include "hit-class.h"
#include "hit-rules.h"
#include "nurture/token.h"

#include <glib.h>
#include <stdbool.h>

/* One request, as it is logged: nothing that tells who it was but the mail's
 * own id and what is kept of the address. */
typedef struct {
    int64_t at; /* UTC ms */
    char message_id[MESSAGE_ID_TEXT];
    uint16_t link;
    bool click;
    uint8_t facts;                  /* HIT_FACT_* */
    char network[HIT_NETWORK_TEXT]; /* "" = none */
    char range[HIT_RANGE_TEXT];     /* "" = none */
    char agent[200];                /* cut off, printable; "" = none */
} HitRecord;

void hit_record_append(GByteArray *out, const HitRecord *record);
/* The record at `bytes`; how many bytes it took, 0 when there is none whole. */
gsize hit_record_read(const uint8_t *bytes, gsize length, HitRecord *out);
/* Copy a header into record->agent: no controls, whole UTF-8 characters. */
void hit_record_set_agent(HitRecord *record, const char *user_agent);

typedef struct HitLog HitLog;

/* Makes the folder if it is not there. ERROR_TEMPORARY. One thread. */
HitLog *hit_log_open(const char *database, GError **error);
/* All of it is on the disk, or false and nothing of it counts. */
bool hit_log_append(HitLog *log, const GByteArray *bytes, GError **error);
void hit_log_close(HitLog *log);

/* "<database>-hits" */
char *hit_log_folder(const char *database);
/* Paths of the segments, oldest first, NULL-ended; owned by the caller. */
char **hit_log_segments(const char *database);
/* Nobody writes it any more? */
bool hit_log_is_left(int fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HitLog, hit_log_close)

#endif
