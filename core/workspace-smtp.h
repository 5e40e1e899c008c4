/* SPDX-License-Identifier: Apache-2.0 */
/* workspace-smtp -- settings of the mail server that are wrong only together.
 */
#ifndef CORE_WORKSPACE_SMTP_H
#define CORE_WORKSPACE_SMTP_H

#include "nurture/settings.h"

/* Reports E815 (a port that libESMTP cannot use) and E803 (a login without
 * encryption). */
void workspace_check_smtp(const YamlNode *map, const Source *source,
                          Diagnostics *problems);

#endif
