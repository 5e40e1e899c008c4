/* SPDX-License-Identifier: Apache-2.0 */
/* check-private -- the parts of workspace_check(). */
#ifndef CAMPAIGNS_CHECK_PRIVATE_H
#define CAMPAIGNS_CHECK_PRIVATE_H

#include "nurture/campaign.h"

/* Why `stem` cannot be the name of a campaign, mail, segment or person, as
 * "it has a space"; NULL when it can. Borrowed. */
const char *name_fault(const char *stem);
/* The nearest name that can be one, possibly "". Owned by the caller. */
char *name_better(const char *stem);

/* E009: names of files that conditions and steps could not say. */
void check_names(const Workspace *workspace, Catalogue *catalogue,
                 Diagnostics *problems);
/* W013, E014, E015: what looks like a campaign, mail, segment or sender, and
 * is not read. */
void check_unread(const Workspace *workspace, Diagnostics *problems);
/* E011: candidates' addresses in files that git tracks. */
void check_no_candidates(const Workspace *workspace, Diagnostics *problems);
/* W328: people whom an 'older than' leaves out unseen. Only where there is a
 * database; what it cannot answer is not reported. */
void check_older_than(const Workspace *workspace, Catalogue *catalogue,
                      int64_t now, Diagnostics *problems);

/* W623: calendars that end within two months. */
void check_holidays(const Workspace *workspace, int64_t now,
                    Diagnostics *problems);

/* Fields and values of tests/personas.yaml (E203, E304, E111). */
void check_personas(Catalogue *catalogue, Diagnostics *problems);
/* W503: subjects with merge tags, for everyone in tests/personas.yaml. The
 * campaign has no errors. */
void check_subjects(Catalogue *catalogue, const Campaign *campaign, int64_t now,
                    Diagnostics *problems);
/* E426: asks the web, one address after the other. */
void check_links(Catalogue *catalogue, Diagnostics *problems);

#endif
