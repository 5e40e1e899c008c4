/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_candidates -- verbs of 'nurture candidates' with a file of their own. */
#ifndef CLI_CMD_CANDIDATES_H
#define CLI_CMD_CANDIDATES_H

#include "cli.h"

int candidates_run_consent(int argc, char **argv, CliContext *cli);
int candidates_run_merge(int argc, char **argv, CliContext *cli);

#endif
