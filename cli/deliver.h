/* SPDX-License-Identifier: Apache-2.0 */
/* deliver -- sending what is due, for the commands that do. */
#ifndef CLI_DELIVER_H
#define CLI_DELIVER_H

#include "cli.h"
#include "nurture/delivery.h"

/* From now on SIGINT and SIGTERM let what is on its way end, and a second one
 * ends the program at once. */
void deliver_until_signal(void);
bool deliver_is_stopping(void);

/* At most `limit` messages that are due (0 = all), with progress on stderr. */
bool deliver_due(CliContext *cli, int64_t now, int64_t limit,
                 DeliveryResult *out, GError **error);

#endif
