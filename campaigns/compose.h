/* SPDX-License-Identifier: Apache-2.0 */
/* compose -- parts of a composed mail that preview makes as well. */
#ifndef CAMPAIGNS_COMPOSE_H
#define CAMPAIGNS_COMPOSE_H

#include "mail-select.h"

#include "nurture/delivery.h"

/* From, To, List-Id, Feedback-ID and so on. */
void composed_describe(ComposedMail *out, const Workspace *workspace,
                       const Campaign *campaign, const Member *member);
/* Inline images, attached files and the appointment, stamped with `now`. After
 * composed_describe(). */
void composed_attach_all(ComposedMail *out, Catalogue *catalogue,
                         const Campaign *campaign, const CampaignMail *mail,
                         const MailProgram *program, int64_t now);
/* What is composed from now on is read and not sent: the campaign's stop rule
 * and the sending window are not asked. */
void campaign_composer_again(Composer *composer);

#endif
