/* SPDX-License-Identifier: Apache-2.0 */
/* calendar -- a mail's appointment as iCalendar (RFC 5545, RFC 5546). */
#ifndef CAMPAIGNS_CALENDAR_H
#define CAMPAIGNS_CALENDAR_H

#include "nurture/campaign.h"

/* One VEVENT, METHOD:PUBLISH, times in UTC, so that every calendar shows them
 * in its reader's own zone. `uid` is the same for every copy; `organizer` is a
 * bare address. Lines are folded at 75 octets, never within a character. */
char *calendar_format(const MailEvent *event, const char *uid,
                      const char *organizer_name, const char *organizer,
                      int64_t stamp);

#endif
