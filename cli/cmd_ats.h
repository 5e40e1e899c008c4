/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_ats -- the verbs of 'nurture ats', a file each. */
#ifndef CLI_CMD_ATS_H
#define CLI_CMD_ATS_H

#include "cli.h"

int ats_run_export(int argc, char **argv, CliContext *cli);
int ats_run_inbox(int argc, char **argv, CliContext *cli);
int ats_run_outbox(int argc, char **argv, CliContext *cli);
int ats_run_status(int argc, char **argv, CliContext *cli);

#endif
