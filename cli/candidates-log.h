/* SPDX-License-Identifier: Apache-2.0 */
/* candidates-log -- `nurture candidates log`, and the timeline of `show`. */
#ifndef CLI_CANDIDATES_LOG_H
#define CLI_CANDIDATES_LOG_H

#include "cli.h"

int candidates_log(int argc, char **argv, CliContext *cli);
/* The newest events, the newest first. */
bool candidates_print_timeline(const CliContext *cli, int64_t candidate,
                               GError **error);

#endif
