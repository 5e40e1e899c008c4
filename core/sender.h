/* SPDX-License-Identifier: Apache-2.0 */
/* sender -- one file of senders/ */
#ifndef CORE_SENDER_H
#define CORE_SENDER_H

#include "nurture/settings.h"
#include "nurture/workspace.h"

/* NULL when the file lacks what a sender must have; the problems say so. */
Sender *sender_load(const char *root, const char *file, const char *domain,
                    Diagnostics *problems);
/* Take senders/FILE as its signature in that language. */
void sender_load_signature(Sender *sender, const char *root, const char *file,
                           const char *language, Diagnostics *problems);
void sender_free(Sender *sender);

/* Reads and checks a file of settings: UTF-8, YAML, the table. NULL when it
 * cannot be read. `*out_source` is the caller's. */
YamlNode *settings_file_load(const char *root, const char *path,
                             SettingPlace place, gsize *out_body,
                             Source **out_source, Diagnostics *problems);

#endif
