/* SPDX-License-Identifier: Apache-2.0 */
/* settings-check -- one value against its row of the table */
#ifndef CORE_SETTINGS_CHECK_H
#define CORE_SETTINGS_CHECK_H

#include "nurture/settings.h"

/* Nothing inside it: a blank scalar, a list or group without items. */
bool setting_is_empty(const YamlNode *node);
/* Reports a value of the wrong kind or out of its limits. The members of
 * groups are not looked at. */
void setting_check(const Setting *setting, const YamlNode *node,
                   const Source *source, Diagnostics *problems);
/* Reports a secret (E012) without showing it. */
void setting_report_secret(const YamlNode *node, const Source *source,
                           Diagnostics *problems);
/* What a value of the setting looks like: "Tue-Thu 09:00-16:00 recipient". */
const char *setting_example(const Setting *setting);

#endif
