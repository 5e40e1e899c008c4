/* SPDX-License-Identifier: Apache-2.0 */
/* workspace-ats -- the group 'ats' of nurture.yaml. */
#ifndef CORE_WORKSPACE_ATS_H
#define CORE_WORKSPACE_ATS_H

#include "nurture/settings.h"
#include "nurture/workspace.h"

/* The settings have been checked; w->root is set. */
void workspace_read_ats(Workspace *w, const YamlNode *map);
void workspace_clear_ats(Workspace *w);

#endif
