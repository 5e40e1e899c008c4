/* SPDX-License-Identifier: Apache-2.0 */
/* period -- --from and --to of reports. */
#ifndef CLI_PERIOD_H
#define CLI_PERIOD_H

#include "cli.h"

#include "nurture/analytics.h"

/* Days in the workspace's zone, both included; NULL: since ever, and up to
 * now. ERROR_USAGE. */
bool period_parse(const CliContext *cli, const char *from, const char *to,
                  Period *out, GError **error);

#endif
