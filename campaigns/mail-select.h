/* SPDX-License-Identifier: Apache-2.0 */
/* mail-select -- one mail of a campaign as a query and its programs.
 *
 * The conditions of the mail and of the campaign (audience, exclude,
 * stop_when, only_if) are columns of one SELECT over candidates; each row
 * fills the program compiled for its segment, variant and language. Plan,
 * enrolment, agenda and delivery read candidates through this and nothing
 * else, so they cannot disagree. */
#ifndef CAMPAIGNS_MAIL_SELECT_H
#define CAMPAIGNS_MAIL_SELECT_H

#include "nurture/campaign.h"
#include "nurture/slot.h"

typedef struct {
    const char *segment;
    const MailVariant *variant;
    const MailFile *file;
    MailProgram *program;
    int *fields;     /* column of each of the program's fields */
    int *conditions; /* .. and conditions */
    char *link_set;  /* hash of its links */
} Rendering;

typedef struct MailSelect MailSelect;

/* One candidate's row. Texts live until the statement moves on. */
typedef struct {
    int64_t id;
    const AudiencePart *part; /* the first that matches; NULL = none */
    bool excluded, stop_rule, only_if, control, bad_data;
    const char *email, *first_name, *last_name, *language, *recruiter;
    GTimeZone *zone;
    Slot slot; /* when the campaign's mails may reach this person */
    const Sender *sender;
    const Rendering *rendering; /* of the part's segment */
} Member;

/* Problems of compiling go to `problems`; NULL if one is an error. All
 * arguments are borrowed for the select's life. */
MailSelect *mail_select_new(Catalogue *catalogue, const Campaign *campaign,
                            const CampaignStep *step, int64_t now,
                            Diagnostics *problems);
void mail_select_free(MailSelect *select);
/* Only people who are in one of the audience's parts. Before preparing. */
void mail_select_audience_only(MailSelect *select);
/* .. and on the reviewed list of the campaign's role. Before preparing. */
void mail_select_shortlist_only(MailSelect *select);
Statement *mail_select_prepare(const MailSelect *select, Store *store,
                               AudienceRange range, GError **error);
/* Read the row the statement stands on. `segment`: the name an enrolment has
 * fixed; NULL = the first match of today. */
void mail_select_member(const MailSelect *select, Statement *st,
                        const char *segment, Member *out);
/* Another variant than the person's own; false when there is none of that
 * name. */
bool mail_select_choose(const MailSelect *select, const char *variant,
                        Member *member);
/* Fill the member's rendering; `row` brings URLs, tokens and the time, its
 * values, conditions, sender and zone are set here. */
bool mail_select_fill(const MailSelect *select, Statement *st,
                      const Member *member, MailRow *row, MailOutput *out);

/* Who a mail of this campaign comes from, for a candidate of `recruiter`. */
const Sender *campaign_sender(const Workspace *workspace,
                              const Campaign *campaign,
                              const CampaignMail *mail,
                              const MailVariant *variant,
                              const char *recruiter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailSelect, mail_select_free)

#endif
