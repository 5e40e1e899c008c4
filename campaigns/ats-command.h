/* SPDX-License-Identifier: Apache-2.0 */
/* ats-command -- a command of the workspace's that asks an ATS. */
#ifndef CAMPAIGNS_ATS_COMMAND_H
#define CAMPAIGNS_ATS_COMMAND_H

#include "nurture/workspace.h"

#include <stdio.h>

/* Run `command` with sh in the workspace's folder, `input` (may be NULL) on its
 * standard input and NAME=VALUE in its environment. What it prints is read
 * from the returned file, which never was on a disk. NULL with ERROR_TEMPORARY:
 * it failed, or took longer than two minutes. */
FILE *ats_command_run(const Workspace *workspace, const char *command,
                      const char *input, const char *name, const char *value,
                      GError **error);

#endif
