/* SPDX-License-Identifier: Apache-2.0 */
/* report -- what a campaign came to, per step and per segment.
 *
 * Counted from the ledger (message) and the events; machine hits stand apart.
 * The same store gives the same report, byte for byte. */
#ifndef NURTURE_REPORT_H
#define NURTURE_REPORT_H

#include "nurture/store.h"

typedef struct {
    char *step, *segment; /* segment "" for people of no named one */
    int64_t queued;       /* rows in the outbox that have not ended */
    int64_t sent, in_doubt, bounced, failed; /* people */
    int64_t opened, clicked, machine_clicks, replied, interested, auto_replied,
        opted_out, complained; /* people with at least one */
} ReportRow;

typedef struct {
    char *campaign, *state;
    int64_t enrolled, control, active, done, exited;
    GPtrArray *rows; /* ReportRow, by first sending and segment */
} CampaignReport;

/* NULL with ERROR_NOT_FOUND for a campaign that was never launched. */
CampaignReport *report_campaign(Store *store, const char *campaign,
                                GError **error);
void report_campaign_free(CampaignReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CampaignReport, report_campaign_free)

#endif
