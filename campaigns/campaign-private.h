/* SPDX-License-Identifier: Apache-2.0 */
/* campaign-private -- shared by the files that read campaigns. */
#ifndef CAMPAIGNS_CAMPAIGN_PRIVATE_H
#define CAMPAIGNS_CAMPAIGN_PRIVATE_H

#include "nurture/campaign.h"
#include "nurture/settings.h"

/* One file being read. All borrowed. */
typedef struct {
    Catalogue *catalogue;
    Campaign *campaign;
    const Source *source;
    const YamlNode *map;
    SettingPlace place;
    ExpressionScope scope;
    Diagnostics *problems;
} Reading;

bool reading_open(Reading *r, const char *path, SettingPlace place,
                  gsize *out_body);
void node_span(const YamlNode *node, gsize *out_offset, gsize *out_length);
char **read_list(const YamlNode *node); /* NULL: it is none. Owned */
/* Remember what a file's `allow` setting (NULL = it has none) says. */
void catalogue_allow(Catalogue *catalogue, const Source *source,
                     const YamlNode *node);
Expression *read_expression(const Reading *r, const YamlNode *node);

/* Rules beyond the table of settings: of a campaign as a whole, and of one
 * mail's file (r->map). */
void campaign_check_rules(const Reading *r);
void check_event(const Reading *r);
void check_answers(const Reading *r);
void check_variants_differ(const Reading *r, const CampaignMail *mail);
/* Were these files frozen by a launch? */
bool catalogue_is_frozen(const Catalogue *catalogue);

/* campaigns/C/ID.md with its translations and variants. */
CampaignMail *mail_load(const Reading *campaign, const char *id);
/* A mail's `event` setting; NULL: none, or it is wrong (reported). */
MailEvent *mail_event_read(const Reading *r, const YamlNode *map);
void mail_event_free(MailEvent *event);
/* The campaign's `steps`, and W010 for mails that none of them sends. */
void steps_read(const Reading *r);
void steps_check_unused(const Reading *r);
/* Was a fault reported that may leave out a step, or its wait? What is missing
 * then follows from it, and is not worth a word. */
bool steps_are_faulty(const Reading *r);

/* Has the role of a launched campaign closed, by the files that the launch
 * froze or by the ATS? See role_is_closed(); *out is NULL without a role. */
bool campaign_role_is_closed(Store *store, const Workspace *workspace,
                             const Campaign *campaign, int64_t now, char **out,
                             GError **error);

/* Load roles/NAME.md (NULL: the first one) into the campaign's statics. */
bool role_load(const Reading *r, const char *name, GError **error);
/* "2026-04-01 09:00", "role.closes minus 5d", "role.opens plus 2d". */
bool role_date_parse(const Reading *r, const char *text, int64_t *out,
                     GError **error);

#endif
